-- title: "{principal} stopped machines"
-- kind: match
-- severity: low
-- topics: [247]
-- mitre: [T1578.003, T1489]
-- why: A stopped machine can be given another start-up script or lose its disks; a stopped guard sees nothing.
-- do: Check that it was meant; look at what became of the machines.
-- false_positives: Saving cost over night; these jobs are workloads and only noted.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StopInstances.html]
SELECT json_text(requestparameters, 'instancesSet.items') AS instances,
       json_text(requestparameters, 'force') AS forced,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname = 'StopInstances'
  AND errorcode IS NULL
  AND caller <> 'aws_service'

-- title: "{principal} deleted snapshots of volumes"
-- kind: match
-- severity: low
-- topics: [417]
-- mitre: [T1485, T1490]
-- why: Snapshots are the backup of most machines. Who wants a ransom, or leaves no trace, deletes them.
-- do: Look whether the Recycle Bin has them; compare with what else the caller deleted.
-- false_positives: Clean-up by people; backup tools are programs and are told as info.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSnapshot.html]
-- group_by: [account, principal]
SELECT json_text(requestparameters, 'snapshotId') AS snapshot,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname = 'DeleteSnapshot'
  AND errorcode IS NULL
  AND caller <> 'aws_service'

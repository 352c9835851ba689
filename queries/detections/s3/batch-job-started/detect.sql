-- title: "{principal} started a batch job over objects"
-- kind: match
-- severity: low
-- topics: [547]
-- mitre: [T1537]
-- why: One job copies, tags, locks or hands to a function as many objects as its list names, and AWS does the work.
-- do: Look at its operation, its list and its target.
-- false_positives: Migrations and clean-ups.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateJob.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'CreateJobRequest.Operation'), json_text(requestparameters, 'operation')) AS operation,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource IN ('s3.amazonaws.com', 's3-control.amazonaws.com')
  AND eventname IN ('CreateJob', 'UpdateJobPriority', 'JobCreated')
  AND errorcode IS NULL
  AND (caller <> 'aws_service' OR eventtype = 'AwsServiceEvent')

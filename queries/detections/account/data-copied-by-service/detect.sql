-- title: "{principal} set up a service that copies data: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1537, T1020]
-- why: These services move whole buckets, file systems and databases, and the copying is done by AWS and not by the caller.
-- do: Look where the copy goes; stop it if that is not yours.
-- false_positives: Migrations.
-- references: [https://docs.aws.amazon.com/datasync/latest/userguide/API_CreateTask.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'DestinationLocationArn'), json_text(requestparameters, 'destinationLocationArn'), json_text(requestparameters, 'serverName'),
                json_text(requestparameters, 'deliveryStreamName'), json_text(requestparameters, 'flowName')) AS destination,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource IN ('datasync.amazonaws.com', 'dms.amazonaws.com', 'snowball.amazonaws.com', 'appflow.amazonaws.com', 'firehose.amazonaws.com')
  AND eventname IN ('CreateTask', 'StartTaskExecution', 'CreateReplicationTask', 'StartReplicationTask', 'CreateEndpoint',
                    'CreateJob', 'CreateFlow', 'StartFlow', 'UpdateDestination')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

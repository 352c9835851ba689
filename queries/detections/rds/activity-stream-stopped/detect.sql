-- title: "{principal} stopped or changed the activity stream of {database}"
-- kind: match
-- severity: high
-- topics: [302]
-- mitre: [T1562.008]
-- why: The stream tells guards what is done in the database. Without it nobody sees it.
-- do: Start it again; look at what else the caller did.
-- false_positives: Taking down a database.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_StopActivityStream.html]
-- group_by: [account, principal, database]
SELECT coalesce(json_text(requestparameters, 'resourceArn'), 'a database') AS database,
       CASE WHEN eventname = 'StopActivityStream' AND caller <> 'iac' THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('StopActivityStream', 'ModifyActivityStream')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

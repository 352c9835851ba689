-- title: "{principal} opened a way for files: {event}"
-- kind: match
-- severity: low
-- topics: [572]
-- mitre: [T1537, T1098.004]
-- why: A server, or a key for a user of one, takes files out of buckets with a role, past all gateways.
-- do: Look at its users and at what they may read.
-- false_positives: Partners who deliver files.
-- references: [https://docs.aws.amazon.com/transfer/latest/APIReference/API_CreateServer.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'serverId'), json_text(requestparameters, 'userName')) AS target,
       json_text(requestparameters, 'role') AS role,
       CASE WHEN caller = 'iac' THEN 'info' WHEN eventname = 'ImportSshPublicKey' THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'transfer.amazonaws.com'
  AND eventname IN ('CreateServer', 'CreateUser', 'UpdateUser', 'ImportSshPublicKey', 'CreateAccess', 'CreateWebApp')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

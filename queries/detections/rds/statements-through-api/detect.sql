-- title: "{principal} asked databases through the API of AWS: {event}"
-- kind: match
-- severity: info
-- topics: []
-- mitre: [T1213.006]
-- why: The data is read with a key of AWS and needs no way into the network.
-- do: Nothing by itself; compare with what the caller usually does.
-- false_positives: People who use the query editor.
-- references: [https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/API_ExecuteStatement.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'resourceArn'), json_text(requestparameters, 'clusterIdentifier'), json_text(requestparameters, 'workgroupName')) AS database,
       CASE WHEN eventname = 'EnableHttpEndpoint' OR lower(json_text(requestparameters, 'enableHttpEndpoint')) = 'true' THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource IN ('rds-data.amazonaws.com', 'redshift-data.amazonaws.com', 'rds.amazonaws.com')
  AND eventname IN ('ExecuteStatement', 'BatchExecuteStatement', 'ExecuteSql', 'EnableHttpEndpoint', 'ModifyDBCluster')
  AND errorcode IS NULL
  AND caller IN ('human', 'unknown')
  AND (eventname <> 'ModifyDBCluster' OR lower(json_text(requestparameters, 'enableHttpEndpoint')) = 'true')

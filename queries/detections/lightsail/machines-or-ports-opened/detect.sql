-- title: "{principal} started or opened machines in Lightsail: {event}"
-- kind: match
-- severity: low
-- topics: [507]
-- mitre: [T1496, T1578.002]
-- why: "Machines outside EC2, which few guards see: for mining, for mail, and as a foothold."
-- do: Ask the caller; look whether Lightsail is used at all.
-- false_positives: People who run small servers there.
-- references: [https://docs.aws.amazon.com/lightsail/2016-11-28/api-reference/API_CreateInstances.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'instanceName'), json_text(requestparameters, 'instanceNames'), json_text(requestparameters, 'relationalDatabaseName')) AS target,
       CASE WHEN caller = 'iac' THEN 'info' WHEN eventname IN ('ExportSnapshot', 'UpdateRelationalDatabase') THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'lightsail.amazonaws.com'
  AND eventname IN ('CreateInstances', 'CreateInstancesFromSnapshot', 'CreateContainerService', 'OpenInstancePublicPorts',
                    'PutInstancePublicPorts', 'ExportSnapshot', 'UpdateRelationalDatabase')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname <> 'UpdateRelationalDatabase' OR lower(json_text(requestparameters, 'publiclyAccessible')) = 'true')

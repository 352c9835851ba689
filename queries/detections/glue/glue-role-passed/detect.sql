-- title: "{principal} gave {what} in Glue a role or a key: {role}"
-- kind: match
-- severity: low
-- topics: [96]
-- mitre: [T1098, T1078.004]
-- why: A Glue job or development endpoint runs its maker's code with the role's rights; a public key on an endpoint opens
--   it to whoever has the other half.
-- do: Compare the role with what its maker may do. For an endpoint, ask whose key it is.
-- false_positives: Data engineers and their pipelines.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html]
-- group_by: [account, principal, role]
SELECT coalesce(json_text(requestparameters, 'roleArn'), json_text(requestparameters, 'role'), json_text(requestparameters, 'jobUpdate.role'),
                CASE WHEN requestparameters LIKE '%ublicKey%' THEN 'a public key' END, 'of unknown name') AS role,
       coalesce(json_text(requestparameters, 'endpointName'), json_text(requestparameters, 'jobName'), json_text(requestparameters, 'name'),
                json_text(requestparameters, 'id'), 'something') AS what,
       CASE WHEN caller = 'iac' THEN 'info' WHEN eventname LIKE '%DevEndpoint' THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'glue.amazonaws.com'
  AND eventname IN ('CreateDevEndpoint', 'UpdateDevEndpoint', 'CreateJob', 'UpdateJob', 'CreateSession', 'CreateCrawler')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname LIKE '%DevEndpoint' OR requestparameters LIKE '%"role%')

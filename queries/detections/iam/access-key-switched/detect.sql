-- title: "{principal} switched the access key {switched_key} of {target} {status}"
-- kind: match
-- severity: low
-- topics: [42]
-- mitre: [T1098.001, T1531]
-- why: A key that is switched on again lives twice; who switches off another user's key may lock a program or a
--   defender out.
-- do: For one that was switched on, ask why it was off. AWS or a colleague may have stopped it after a leak.
-- false_positives: The two steps of a rotation.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html]
-- group_by: [account, principal, target]
SELECT coalesce(json_text(requestparameters, 'accessKeyId'), 'of unknown id') AS switched_key,
       coalesce(json_text(requestparameters, 'userName'), useridentity.username, 'root') AS target,
       CASE WHEN lower(json_text(requestparameters, 'status')) = 'active' THEN 'on' ELSE 'off' END AS status,
       CASE WHEN lower(json_text(requestparameters, 'status')) = 'active' AND caller <> 'iac' THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'UpdateAccessKey'
  AND errorcode IS NULL
  AND caller <> 'aws_service'

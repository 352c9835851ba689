-- title: "{principal} deleted the access key {deleted_key} of {target}"
-- kind: match
-- severity: info
-- topics: [41]
-- mitre: [T1070, T1531]
-- why: Old keys are deleted in a rotation; an intruder deletes the one that was used, or those of the defenders.
-- do: Check that the owner rotated it. If not, look at what the key did before.
-- false_positives: Key rotation and offboarding.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'accessKeyId'), 'of unknown id') AS deleted_key,
       coalesce(json_text(requestparameters, 'userName'), useridentity.username, 'root') AS target
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'DeleteAccessKey'
  AND errorcode IS NULL
  AND caller <> 'aws_service'

-- title: "{principal} created another access key for itself"
-- kind: match
-- severity: medium
-- topics: [37, 39]
-- mitre: [T1098.001]
-- why: A second key is how an intruder stays after the first is found and disabled.
-- do: Ask the owner. If unknown, disable both keys and look at what the new one did.
-- false_positives: "Rotation by the owner: the old key then goes away within days."
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html]
SELECT json_text(responseelements, 'accessKey.accessKeyId') AS created_key,
       CASE WHEN useridentity.accesskeyid LIKE 'AKIA%' THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'CreateAccessKey'
  AND errorcode IS NULL
  AND useridentity.type = 'IAMUser'
  AND coalesce(json_text(requestparameters, 'userName'), useridentity.username) = useridentity.username

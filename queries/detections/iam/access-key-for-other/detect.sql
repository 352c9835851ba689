-- title: "{principal} created an access key for {target}"
-- kind: match
-- severity: medium
-- topics: [37, 38]
-- mitre: [T1098.001]
-- why: A key for another user is a way to act as that user.
-- do: Ask both. A key that nobody asked for is deleted, with what it did looked at.
-- false_positives: Administrators who set up users for programs.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html]
-- group_by: [account, principal, target]
SELECT json_text(requestparameters, 'userName') AS target,
       json_text(responseelements, 'accessKey.accessKeyId') AS created_key,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'CreateAccessKey'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND json_text(requestparameters, 'userName') IS NOT NULL
  AND json_text(requestparameters, 'userName') IS DISTINCT FROM useridentity.username

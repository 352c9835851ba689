-- title: "{principal} created the user {target}"
-- kind: match
-- severity: low
-- topics: [30]
-- mitre: [T1136.003]
-- why: IAM users live long and their keys leak; people should come through Identity Center. A user that nobody asked
--   for is a back door.
-- do: Check that it was asked for. Follow what the new user does.
-- false_positives: Users for programs that cannot take a role, made by infrastructure as code.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html]
SELECT json_text(requestparameters, 'userName') AS target,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'CreateUser'
  AND errorcode IS NULL
  AND caller <> 'aws_service'

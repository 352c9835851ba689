-- title: "{principal} opened roles to certificates: profile {profile}"
-- kind: match
-- severity: medium
-- topics: [120]
-- mitre: [T1098.003]
-- why: A profile names the roles that holders of a certificate may take.
-- do: Check the roles; narrow them by session policy.
-- false_positives: Set-up of machines outside AWS.
-- references: [https://docs.aws.amazon.com/rolesanywhere/latest/userguide/introduction.html]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'profileId'), 'of unknown name') AS profile,
       json_text(requestparameters, 'roleArns') AS roles
FROM cloudtrail
WHERE eventsource = 'rolesanywhere.amazonaws.com'
  AND eventname IN ('CreateProfile', 'UpdateProfile')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

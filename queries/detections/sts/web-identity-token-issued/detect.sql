-- title: "{principal} got a token with which it is somebody elsewhere"
-- kind: match
-- severity: info
-- topics: []
-- mitre: [T1550.001]
-- why: The token is worth a sign-in with the other side, which knows nothing of how the role was taken.
-- do: Compare the audience with what the role is for.
-- false_positives: Programs that talk to other clouds.
-- references: [https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html]
-- group_by: [account, principal]
SELECT json_text(requestparameters, 'audience') AS audience,
       CASE WHEN useridentity.accesskeyid LIKE 'AKIA%' THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'sts.amazonaws.com'
  AND eventname = 'GetWebIdentityToken'
  AND errorcode IS NULL
  AND caller <> 'aws_service'

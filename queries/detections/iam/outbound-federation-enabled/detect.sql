-- title: "{principal} lets identities of the account {account} sign in elsewhere with tokens of AWS"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1550.001, T1098]
-- why: From now on any role with the right to it gets signed tokens, with which it is somebody in other clouds and
--   products. What happens there no log of AWS shows.
-- do: Check that it was meant; look who asks for tokens (GetWebIdentityToken).
-- false_positives: Integration with another cloud.
-- references: [https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableOutboundWebIdentityFederation.html]
-- group_by: [account, principal]
SELECT eventname AS switch,
       CASE WHEN caller = 'iac' THEN 'low' WHEN eventname LIKE 'Disable%' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('EnableOutboundWebIdentityFederation', 'DisableOutboundWebIdentityFederation')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

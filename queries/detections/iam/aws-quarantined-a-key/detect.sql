-- title: "AWS found a leaked key of {target} and attached its quarantine policy"
-- kind: match
-- severity: critical
-- topics: [55]
-- mitre: [T1552.001, T1078.004]
-- why: AWS watches public places for keys. The quarantine policy means that one of yours was found there.
-- do: Disable the key now, look at all that it did, and replace it. Keep the policy until then.
-- false_positives: None.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- group_by: [account, target]
SELECT coalesce(json_text(requestparameters, 'userName'), json_text(requestparameters, 'roleName')) AS target,
       coalesce(json_text(requestparameters, 'policyArn'), json_text(requestparameters, 'policyName')) AS policy
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('AttachUserPolicy', 'PutUserPolicy', 'AttachRolePolicy')
  AND errorcode IS NULL
  AND (json_text(requestparameters, 'policyArn') LIKE '%:policy/AWSCompromisedKeyQuarantine%'
       OR json_text(requestparameters, 'policyName') LIKE 'AWSExposedCredentialPolicy%')

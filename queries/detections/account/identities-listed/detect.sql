-- title: "{principal} looked who is in the account: {event}"
-- kind: match
-- severity: info
-- topics: [485, 486, 487, 488, 489, 490, 491, 492, 493, 494, 495, 496, 497, 498, 499]
-- mitre: [T1087.004]
-- why: Context. Users, roles, their keys and policies are the map of the account; whoever holds stolen keys draws it first.
--   Many such calls together, or calls that are refused, have detections of their own.
-- do: Nothing by itself; look at it beside other findings of the same principal.
-- false_positives: People at the console, scanners, infrastructure as code.
-- references: [https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html]
SELECT json_text(requestparameters, 'userName') AS user,
       json_text(requestparameters, 'roleName') AS role,
       denied AS refused
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('GetUser', 'ListAccessKeys', 'ListAccountAliases', 'ListAttachedRolePolicies', 'ListAttachedUserPolicies',
                    'ListInstanceProfiles', 'ListOpenIDConnectProviders', 'ListRolePolicies', 'ListRoles', 'ListSAMLProviders',
                    'ListSSHPublicKeys', 'ListServiceSpecificCredentials', 'ListSigningCertificates', 'ListUserPolicies', 'ListUsers')
  AND caller NOT IN ('aws_service', 'iac')

-- title: "{principal} weakened the second factor of Identity Center: {event}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1556.006]
-- why: Without it a password opens every account of the organization.
-- do: Demand it again; end the sessions of the user.
-- false_positives: Lost telephones.
-- references: [https://docs.aws.amazon.com/singlesignon/latest/userguide/enable-mfa.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'userId'), json_text(requestparameters, 'identityStoreId'), json_text(requestparameters, 'instanceArn')) AS target,
       CASE WHEN eventname LIKE 'Delete%' AND caller = 'human' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource IN ('sso.amazonaws.com', 'sso-directory.amazonaws.com')
  AND eventname IN ('DeleteMfaDeviceForUser', 'UpdateMfaDeviceManagementForDirectory', 'PutMfaDeviceManagementForDirectory',
                    'UpdateSSOConfiguration')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname <> 'UpdateSSOConfiguration' OR regexp_like(requestparameters, '(?i)mfa'))

-- title: "{principal} changed a user of the pool {pool}: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1098, T1136]
-- why: "Who may administer the pool becomes any of its users: a password, a group or an attribute is enough."
-- do: Ask the caller; sign the user out everywhere.
-- false_positives: The help desk.
-- references: [https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminSetUserPassword.html]
-- group_by: [account, principal, pool]
SELECT coalesce(json_text(requestparameters, 'userPoolId'), 'of unknown name') AS pool,
       json_text(requestparameters, 'groupName') AS group_name,
       CASE WHEN eventname IN ('AdminSetUserPassword', 'AdminResetUserPassword', 'AdminSetUserMFAPreference') THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'cognito-idp.amazonaws.com'
  AND eventname IN ('AdminSetUserPassword', 'AdminResetUserPassword', 'AdminCreateUser', 'AdminAddUserToGroup',
                    'AdminUpdateUserAttributes', 'AdminSetUserMFAPreference', 'AdminConfirmSignUp',
                    'AdminLinkProviderForUser', 'AdminDisableUser', 'AdminDeleteUser')
  AND errorcode IS NULL
  AND caller IN ('human', 'unknown')

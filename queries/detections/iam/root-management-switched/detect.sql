-- title: "{principal} changed central root access: {event}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1098]
-- why: These switches say whether the management account may act as root in member accounts, and who holds their root
--   credentials.
-- do: Check who asked for it.
-- false_positives: First set-up.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
SELECT eventname AS switch
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('EnableOrganizationsRootCredentialsManagement', 'DisableOrganizationsRootCredentialsManagement',
                    'EnableOrganizationsRootSessions', 'DisableOrganizationsRootSessions')
  AND errorcode IS NULL

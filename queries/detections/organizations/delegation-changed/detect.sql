-- title: "{principal} changed who administers the organization: {event}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1098]
-- why: A delegated administrator or a service with access to all accounts can do in each of them what the management
--   account can.
-- do: Check that the account and the service are meant.
-- false_positives: Set-up of security services.
-- references: [https://docs.aws.amazon.com/organizations/latest/userguide/orgs_introduction.html]
SELECT json_text(requestparameters, 'servicePrincipal') AS service,
       json_text(requestparameters, 'accountId') AS target
FROM cloudtrail
WHERE eventsource = 'organizations.amazonaws.com'
  AND eventname IN ('RegisterDelegatedAdministrator', 'DeregisterDelegatedAdministrator', 'EnableAWSServiceAccess',
                    'DisableAWSServiceAccess', 'PutResourcePolicy')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

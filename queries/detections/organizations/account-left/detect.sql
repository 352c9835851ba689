-- title: "{principal} {act} account {target} out of the organization: {event}"
-- kind: match
-- severity: critical
-- topics: [140, 141]
-- mitre: [T1666, T1562.008]
-- cis: ["4.15"]
-- why: Outside the organization no service control policy and no central trail holds. An attempt that a policy stopped is
--   somebody who wanted just that.
-- do: Find out who asked for it. Bring the account back.
-- false_positives: Sale or closing of an account.
-- references: [https://docs.aws.amazon.com/organizations/latest/userguide/orgs_introduction.html]
SELECT coalesce(json_text(requestparameters, 'accountId'), recipientaccountid) AS target,
       CASE WHEN errorcode IS NULL THEN 'took' ELSE 'tried to take' END AS act,
       CASE WHEN eventname = 'LeaveOrganization' AND errorcode IS NULL THEN 'critical' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource IN ('organizations.amazonaws.com', 'account.amazonaws.com')
  AND eventname IN ('LeaveOrganization', 'RemoveAccountFromOrganization', 'CloseAccount', 'DeleteOrganization')
  AND (errorcode IS NULL OR (eventname = 'LeaveOrganization' AND errorcode <> 'AWSOrganizationsNotInUseException'))
  AND caller <> 'aws_service'

-- title: "{principal} took account {account} out of the organization: {event}"
-- kind: match
-- severity: critical
-- topics: [140, 141]
-- mitre: [T1666, T1562.008]
-- cis: ["4.15"]
-- why: Outside the organization no service control policy and no central trail holds.
-- do: Find out who asked for it. Bring the account back.
-- false_positives: Sale or closing of an account.
SELECT json_text(requestparameters, 'accountId') AS target,
       CASE WHEN eventname = 'LeaveOrganization' THEN 'critical' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'organizations.amazonaws.com'
  AND eventname IN ('LeaveOrganization', 'RemoveAccountFromOrganization', 'CloseAccount', 'DeleteOrganization')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

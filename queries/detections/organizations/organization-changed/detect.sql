-- title: "{principal} changed the organization: {event}"
-- kind: match
-- severity: low
-- topics: [142]
-- cis: ["4.15"]
-- why: The CIS benchmark asks for a record of every change of the organization.
-- do: Check that it has a ticket.
-- false_positives: New accounts.
-- references: [https://docs.aws.amazon.com/organizations/latest/userguide/orgs_introduction.html]
SELECT coalesce(json_text(requestparameters, 'accountName'), json_text(requestparameters, 'accountId'), json_text(requestparameters, 'target.id')) AS target
FROM cloudtrail
WHERE eventsource = 'organizations.amazonaws.com'
  AND eventname IN ('AcceptHandshake', 'AttachPolicy', 'CreateAccount', 'CreateOrganizationalUnit', 'CreatePolicy',
                    'DeclineHandshake', 'DeleteOrganization', 'DeleteOrganizationalUnit', 'DeletePolicy',
                    'DetachPolicy', 'DisablePolicyType', 'EnablePolicyType', 'InviteAccountToOrganization',
                    'LeaveOrganization', 'MoveAccount', 'RemoveAccountFromOrganization', 'UpdatePolicy',
                    'UpdateOrganizationalUnit')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

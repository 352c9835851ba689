-- title: "{principal} {act} the contacts of account {account}"
-- kind: match
-- severity: info
-- topics: [139]
-- mitre: [T1087, T1098]
-- why: The contacts tell who stands behind an account; changed ones send AWS's warnings, and the recovery of root, to
--   somebody else.
-- do: For a change, check that it was asked for. A read is only worth a look beside other findings.
-- false_positives: The billing console and posture scanners read them.
-- references: [https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-update-contact.html]
-- group_by: [account, principal, act]
SELECT CASE WHEN eventname LIKE 'Put%' THEN 'changed' WHEN eventname LIKE 'Delete%' THEN 'deleted' WHEN eventname LIKE '%PrimaryEmail%' AND eventname NOT LIKE 'Get%'
            THEN 'changed the root address among' ELSE 'read' END AS act,
       json_text(requestparameters, 'alternateContactType') AS kind,
       CASE WHEN eventname LIKE '%PrimaryEmailUpdate' THEN 'high' WHEN eventname LIKE 'Put%' OR eventname LIKE 'Delete%' THEN 'medium'
            ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource IN ('account.amazonaws.com', 'organizations.amazonaws.com', 'billingconsole.amazonaws.com')
  AND eventname IN ('GetContactInformation', 'PutContactInformation', 'GetAlternateContact', 'PutAlternateContact', 'DeleteAlternateContact',
                    'StartPrimaryEmailUpdate', 'AcceptPrimaryEmailUpdate', 'GetPrimaryEmail', 'DescribeAccount')
  AND caller <> 'aws_service'

-- title: "Root of account {account} signed in to the console {mfa}"
-- kind: match
-- severity: high
-- topics: [2]
-- mitre: [T1078.004]
-- cis: ["4.3"]
-- why: A root sign-in opens everything in the account. Without MFA, the password alone was enough.
-- do: Ask the owner of the root address. If nobody knows of it, recover the account through AWS Support; turn MFA on.
-- false_positives: A planned root task; it should have a ticket.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html]
SELECT CASE WHEN json_text(additionaleventdata, 'MFAUsed') = 'Yes' THEN 'high' ELSE 'critical' END AS severity,
       CASE WHEN json_text(additionaleventdata, 'MFAUsed') = 'Yes' THEN 'with MFA' ELSE 'without MFA' END AS mfa
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com'
  AND eventname = 'ConsoleLogin'
  AND useridentity.type = 'Root'
  AND json_text(responseelements, 'ConsoleLogin') = 'Success'

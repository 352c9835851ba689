-- title: "The access key {access_key} of root was used in account {account}"
-- kind: match
-- severity: critical
-- topics: [1]
-- mitre: [T1078.004]
-- cis: ["4.3"]
-- why: "A long-lived root key is in use: whoever holds it owns the account, with no second factor."
-- do: Find the program that uses it, move it to a role, and delete the key.
-- false_positives: Old scripts from before roles; they are the reason to look.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html]
-- accept: {cost: "root tells it, whatever it does"}
SELECT useridentity.accesskeyid AS access_key
FROM cloudtrail
WHERE useridentity.type = 'Root'
  AND useridentity.accesskeyid LIKE 'AKIA%'

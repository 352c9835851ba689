-- title: "Root of account {account} changed something through {service}: {event}"
-- kind: match
-- severity: medium
-- topics: [1]
-- mitre: [T1078.004]
-- cis: ["4.3"]
-- why: A service acted in the name of root. The usual filter for root use skips these effects, since they carry
--   invokedBy.
-- do: Find what root did in the console at that time and whether that was wanted.
-- false_positives: Console wizards that root runs, such as turning on Identity Center.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html]
-- accept: {cost: "root tells it, whatever it does"}
SELECT useridentity.invokedby AS service
FROM cloudtrail
WHERE useridentity.type = 'Root'
  AND useridentity.invokedby IS NOT NULL
  AND eventtype <> 'AwsServiceEvent'
  AND readonly IS NOT TRUE
  AND eventname <> 'CreateServiceLinkedRole'
  AND managementevent IS NOT FALSE

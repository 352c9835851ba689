-- title: "Root of account {account} was used: {event}"
-- kind: match
-- severity: high
-- topics: [1]
-- mitre: [T1078.004]
-- cis: ["4.3"]
-- why: Root can do everything and no policy of the account limits it. Day-to-day work does not need it.
-- do: Ask the owner of the root address whether it was them. If not, change the password, remove root keys and close
--   the sessions. What root only read, and what failed, is in root-looked.
-- false_positives: The few tasks that only root may do, such as closing the account or changing its support plan.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html]
-- accept: {cost: "root tells it, whatever it does"}
SELECT readonly AS read_only
FROM cloudtrail
WHERE useridentity.type = 'Root'
  AND useridentity.invokedby IS NULL
  AND (eventtype IS DISTINCT FROM 'AwsServiceEvent')
  AND readonly IS NOT TRUE
  AND errorcode IS NULL
  AND ((eventsource IS DISTINCT FROM 'signin.amazonaws.com') OR coalesce(responseelements, '') NOT LIKE '%Failure%')
  AND (eventname IS DISTINCT FROM 'CreateServiceLinkedRole')

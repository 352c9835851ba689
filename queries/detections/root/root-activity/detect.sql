-- title: Root was used in account {account}: {event}
-- kind: match
-- severity: high
-- topics: 1
-- mitre: T1078.004
-- cis: 4.3
-- why: Root can do everything and no policy of the account limits it. Day-to-day work does not need it.
-- do: Ask the owner of the root address whether it was them. If not, change the password, remove root keys, sign out sessions.
-- false_positives: The few tasks that only root may do, such as changing the account's name or closing it.
-- references: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html
SELECT sourceipaddress AS address
FROM cloudtrail
WHERE useridentity.type = 'Root'
  AND useridentity.invokedby IS NULL
  AND eventtype <> 'AwsServiceEvent'

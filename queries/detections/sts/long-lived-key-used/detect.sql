-- title: "The access key of {principal} introduced itself: {event}"
-- kind: match
-- severity: info
-- topics: [59]
-- mitre: [T1078.004]
-- why: Whoever has a long-lived key first asks STS who it is, or trades it for a session. The record of that, by key,
--   shows which keys live.
-- do: Nothing alone. Replace long-lived keys by roles.
-- false_positives: Every tool that runs with an IAM user's key.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html]
-- group_by: [account, principal, long_lived_key]
SELECT useridentity.accesskeyid AS long_lived_key
FROM cloudtrail
WHERE eventsource = 'sts.amazonaws.com'
  AND errorcode IS NULL
  AND useridentity.type = 'IAMUser'
  AND useridentity.accesskeyid LIKE 'AKIA%'

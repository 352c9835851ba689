-- title: "{principal} used an agent that is on the list {lists}"
-- kind: match
-- severity: medium
-- topics: [28]
-- mitre: [T1078.004]
-- why: Somebody has warned of programs that name themselves so. Whoever means to hide names another; many do not care to.
-- do: Find out who ran it and whether it was ordered. If not, disable the credentials.
-- false_positives: Tests that you ordered, and globs that are too wide. Without a list of agents (`rules.lists`) it never fires.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html]
-- group_by: [account, principal, lists]
-- accept: {cost: "the agent tells it, whatever it does"}
SELECT listed_agent(useragent) AS lists
FROM cloudtrail
WHERE listed_agent(useragent) IS NOT NULL

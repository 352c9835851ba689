-- title: "{principal} used the access key {access_key}, which is on the list {lists}"
-- kind: match
-- severity: critical
-- topics: []
-- mitre: [T1078.004, T1552]
-- why: The key is known to others, as of a leak, and somebody uses it. Its owner and a thief look alike here.
-- do: Disable the key now, then look at all that it did since it became known.
-- false_positives: A key that was listed by mistake. Without a list of keys (`rules.lists`) it never fires.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html]
-- group_by: [account, principal, access_key]
-- accept: {cost: "the key tells it, whatever it does"}
SELECT listed_key(useridentity.accesskeyid) AS lists,
       CASE WHEN errorcode IS NULL THEN 'critical' ELSE 'high' END AS severity
FROM cloudtrail
WHERE listed_key(useridentity.accesskeyid) IS NOT NULL

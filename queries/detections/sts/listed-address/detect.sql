-- title: "{principal} called from {address}, which is on the list {lists}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1078.004]
-- why: Somebody has warned of this address, and it used credentials of yours. What was answered counts more than what was refused.
-- do: Look at what else came from the address, and whether the principal's owner can explain it. If not, disable the credentials.
-- false_positives: Lists that are old or coarse; an exit that your own people share with others. Without a list of addresses
--   (`rules.lists`) it never fires.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html]
-- group_by: [account, principal, lists]
-- accept: {cost: "the address tells it, whatever it does"}
SELECT listed_address(sourceipaddress) AS lists,
       CASE WHEN errorcode IS NULL AND coalesce(responseelements, '') NOT LIKE '%"Failure"%' THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE listed_address(sourceipaddress) IS NOT NULL

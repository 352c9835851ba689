-- title: "{principal} tried {count} trust policies with principals that do not exist"
-- kind: window
-- severity: medium
-- topics: [85]
-- mitre: [T1087.004]
-- why: AWS refuses a trust policy that names a principal which does not exist. Trying many tells which names exist, in
--   any account.
-- do: Look at what else the caller did, and whether the caller is what it seems.
-- false_positives: A broken deployment that retries; then the same document comes again and again.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html]
-- window: 1h
-- threshold: {tries: 8}
SELECT principal,
       recipientaccountid AS account,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT requestparameters) AS documents,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('UpdateAssumeRolePolicy', 'CreateRole')
  AND errorcode LIKE 'MalformedPolicyDocument%'
GROUP BY principal, recipientaccountid, _window
HAVING count(*) >= $tries

-- title: "Access key {access_key} of {principal} is used again after {idle_days} days"
-- kind: baseline
-- severity: medium
-- topics: []
-- mitre: [T1078.004]
-- why: "A key that lay still for months and is used again may have been found by somebody: in an old laptop, a
--   repository, a backup."
-- do: Ask the owner. If it was not them, disable the key and look at what it did.
-- false_positives: Jobs that run once a quarter or a year.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html]
-- lookback: 400d
-- group_by: [account, access_key]
-- threshold: {idle_days: 45}
SELECT uses.account,
       min(uses.principal) AS principal,
       min(uses.region) AS region,
       uses.accesskeyid AS access_key,
       min(uses.first) AS first,
       max(uses.last) AS last,
       sum(uses.count) AS count,
       array_agg(DISTINCT uses.network) AS networks,
       array_agg(DISTINCT uses.eventname) AS actions,
       arrow_cast(uses.day, 'Int32') - arrow_cast(woke.previous, 'Int32') AS idle_days,
       woke.previous AS last_used_before
FROM (SELECT *, lag(day) OVER (PARTITION BY account, accesskeyid ORDER BY day) AS previous
      FROM (SELECT DISTINCT account, accesskeyid, day FROM activity WHERE accesskeyid IS NOT NULL AND day IS NOT NULL) AS days) AS woke
JOIN activity AS uses ON uses.account = woke.account AND uses.accesskeyid = woke.accesskeyid AND uses.day = woke.day
WHERE arrow_cast(woke.day, 'Int32') - arrow_cast(woke.previous, 'Int32') >= $idle_days
GROUP BY uses.account, uses.accesskeyid, uses.day, woke.previous

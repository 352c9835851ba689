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
SELECT account,
       principal,
       region,
       accesskeyid AS access_key,
       first,
       last,
       count,
       networks,
       actions,
       arrow_cast(day, 'Int32') - arrow_cast(previous, 'Int32') AS idle_days,
       previous AS last_used_before
FROM (SELECT *, lag(day) OVER (PARTITION BY account, accesskeyid ORDER BY day) AS previous
      FROM (SELECT account, min(principal) AS principal, min(region) AS region, accesskeyid, day, min(first) AS first, max(last) AS last,
                   sum(count) AS count, array_agg(DISTINCT network) AS networks, array_agg(DISTINCT eventname) AS actions
            FROM activity
            WHERE accesskeyid IS NOT NULL AND day IS NOT NULL
            GROUP BY account, accesskeyid, day) AS days) AS uses
WHERE arrow_cast(day, 'Int32') - arrow_cast(previous, 'Int32') >= $idle_days

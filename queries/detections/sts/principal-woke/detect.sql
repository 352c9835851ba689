-- title: "{principal} is used again after {idle_days} days"
-- kind: baseline
-- severity: low
-- topics: []
-- mitre: [T1078.004]
-- why: Roles and users that nobody used for a season are forgotten ones; their owners would not notice that somebody
--   else has them.
-- do: Ask the owner; delete what is used so seldom.
-- false_positives: Jobs that run once a quarter.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- lookback: 400d
-- threshold: {idle_days: 90, days: 3}
SELECT uses.account,
       uses.principal,
       min(uses.region) AS region,
       min(uses.first) AS first,
       max(uses.last) AS last,
       sum(uses.count) AS count,
       array_agg(DISTINCT uses.network) AS networks,
       array_agg(DISTINCT concat(split_part(uses.eventsource, '.', 1), ':', uses.eventname)) AS actions,
       arrow_cast(uses.day, 'Int32') - arrow_cast(woke.previous, 'Int32') AS idle_days,
       woke.previous AS last_seen_before,
       woke.days_before AS days_of_history,
       CASE WHEN min(uses.caller) = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM (SELECT *, lag(day) OVER (PARTITION BY account, principal ORDER BY day) AS previous,
             CAST(row_number() OVER (PARTITION BY account, principal ORDER BY day) AS BIGINT) - 1 AS days_before
      FROM (SELECT DISTINCT account, principal, day
            FROM activity
            WHERE day IS NOT NULL AND caller <> 'aws_service' AND principal NOT LIKE '%:root') AS days) AS woke
JOIN activity AS uses ON uses.account = woke.account AND uses.principal = woke.principal AND uses.day = woke.day
WHERE arrow_cast(woke.day, 'Int32') - arrow_cast(woke.previous, 'Int32') >= $idle_days
  AND woke.days_before >= $days
  AND uses.caller <> 'aws_service'
GROUP BY uses.account, uses.principal, uses.day, woke.previous, woke.days_before

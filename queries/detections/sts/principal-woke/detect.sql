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
SELECT account,
       principal,
       region,
       first,
       last,
       count,
       networks,
       actions,
       arrow_cast(day, 'Int32') - arrow_cast(previous, 'Int32') AS idle_days,
       previous AS last_seen_before,
       days_before AS days_of_history,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM (SELECT *, lag(day) OVER (PARTITION BY account, principal ORDER BY day) AS previous,
             CAST(row_number() OVER (PARTITION BY account, principal ORDER BY day) AS BIGINT) - 1 AS days_before
      FROM (SELECT account, principal, min(caller) AS caller, min(region) AS region, day, min(first) AS first, max(last) AS last, sum(count) AS count,
                   array_agg(DISTINCT network) AS networks,
                   array_agg(DISTINCT concat(split_part(eventsource, '.', 1), ':', eventname)) AS actions
            FROM activity
            WHERE day IS NOT NULL AND caller <> 'aws_service' AND principal NOT LIKE '%:root'
            GROUP BY account, principal, day) AS days) AS uses
WHERE arrow_cast(day, 'Int32') - arrow_cast(previous, 'Int32') >= $idle_days
  AND days_before >= $days

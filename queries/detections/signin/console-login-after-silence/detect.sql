-- title: "{principal} is back at the console after {idle_days} days"
-- kind: baseline
-- severity: low
-- topics: []
-- mitre: [T1078.004]
-- why: An account that nobody used for months is one that nobody would miss, and a favourite of those who find old
--   passwords.
-- do: Ask the person. Remove console passwords that are used so seldom.
-- false_positives: Parental leave, auditors who come once a year.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html]
-- lookback: 400d
-- threshold: {idle_days: 90}
SELECT account,
       principal,
       region,
       first,
       last,
       count,
       networks,
       arrow_cast(day, 'Int32') - arrow_cast(previous, 'Int32') AS idle_days,
       previous AS last_seen_before
FROM (SELECT *, lag(day) OVER (PARTITION BY account, principal ORDER BY day) AS previous
      FROM (SELECT account, principal, min(region) AS region, day, min(first) AS first, max(last) AS last, sum(count) AS count,
                   array_agg(DISTINCT network) AS networks, bool_or(eventname = 'ConsoleLogin' AND outcome = 'ok') AS signed_in
            FROM activity
            WHERE day IS NOT NULL AND caller = 'human'
            GROUP BY account, principal, day) AS days) AS uses
WHERE signed_in
  AND arrow_cast(day, 'Int32') - arrow_cast(previous, 'Int32') >= $idle_days

-- title: "{principal}, never denied anything before, was denied {kinds} kinds of calls"
-- kind: baseline
-- severity: low
-- topics: [133]
-- mitre: [T1526, T1580]
-- why: A program asks for what it may have. One that was never denied and now is, in several ways, runs other code or in
--   other hands.
-- do: Look at address and agent of the denials.
-- false_positives: A policy that was just narrowed.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- lookback: 60d
-- threshold: {learning_days: 14, active_days: 5, kinds: 3}
SELECT account,
       principal,
       region,
       first,
       last,
       count,
       kinds,
       actions,
       networks,
       agents,
       'no denied call' AS expected,
       actions AS seen,
       days_of_history,
       CASE WHEN kinds >= 6 THEN 'medium' ELSE 'low' END AS severity
FROM (SELECT denied.account, denied.principal, denied.day, min(denied.region) AS region, min(denied.first) AS first, max(denied.last) AS last,
             sum(denied.count) AS count, count(DISTINCT concat(denied.eventsource, denied.eventname)) AS kinds,
             array_agg(DISTINCT concat(split_part(denied.eventsource, '.', 1), ':', denied.eventname)) AS actions,
             array_agg(DISTINCT denied.network) AS networks, array_agg(DISTINCT denied.agent) AS agents,
             min(past.days) AS days_of_history, min(known.since) AS since, min(known.ever) AS ever
      FROM activity AS denied
      JOIN (SELECT account, principal, min(day) AS since, min(day) FILTER (WHERE outcome = 'denied') AS ever
            FROM activity GROUP BY account, principal) AS known
        ON known.account = denied.account AND known.principal = denied.principal
      JOIN (SELECT account, principal, day, CAST(row_number() OVER (PARTITION BY account, principal ORDER BY day) AS BIGINT) - 1 AS days
            FROM (SELECT DISTINCT account, principal, day FROM activity WHERE day IS NOT NULL) AS active) AS past
        ON past.account = denied.account AND past.principal = denied.principal AND past.day = denied.day
      WHERE denied.outcome = 'denied' AND denied.day IS NOT NULL AND denied.caller <> 'aws_service'
      GROUP BY denied.account, denied.principal, denied.day) AS days
WHERE day = ever
  AND arrow_cast(day, 'Int32') - arrow_cast(since, 'Int32') >= $learning_days
  AND days_of_history >= $active_days
  AND kinds >= $kinds

-- title: "{principal} looked around from {seen}, a network that nobody else ever used"
-- kind: baseline
-- severity: medium
-- topics: [128]
-- mitre: [T1526, T1580]
-- why: Rented servers and VPN exits are where stolen keys are tried. The account never saw the network, and the first it
--   sees from there is questions.
-- do: Look up whose network it is. If it is a hosting or VPN company, disable the credentials first and ask then.
-- false_positives: A new scanner or a new office; both ask from many principals, or for days.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- lookback: 90d
-- group_by: [account, principal, seen]
-- threshold: {learning_days: 14, active_days: 10, kinds: 5}
SELECT uses.account,
       uses.principal,
       uses.region,
       uses.network AS seen,
       uses.first,
       uses.last,
       uses.count,
       uses.kinds,
       uses.actions,
       uses.agents,
       known.networks AS expected,
       past.days AS days_of_history,
       CASE WHEN uses.human THEN 'low' WHEN uses.denied THEN 'high' ELSE 'medium' END AS severity
FROM (SELECT account, principal, network, min(day) AS day, min(region) AS region, min(first) AS first, max(last) AS last, sum(count) AS count,
             count(DISTINCT concat(eventsource, eventname)) AS kinds, bool_or(outcome = 'denied') AS denied, bool_and(caller = 'human') AS human,
             array_agg(DISTINCT concat(split_part(eventsource, '.', 1), ':', eventname)) AS actions, array_agg(DISTINCT agent) AS agents
      FROM activity
      WHERE day IS NOT NULL
        AND caller NOT IN ('aws_service', 'iac')
        AND (eventname LIKE 'List%' OR eventname LIKE 'Describe%' OR eventname LIKE 'Get%')
        AND agent NOT LIKE '%onsole%'
        AND agent NOT IN ('Chrome', 'Firefox', 'Safari', 'Edge', 'Opera', 'Mozilla')
        AND (network LIKE '%.0/24' OR network LIKE '%/48')
        AND network NOT LIKE '10.%'
      GROUP BY account, principal, network) AS uses
JOIN (SELECT account, min(day) AS since, count(DISTINCT day) AS days, count(DISTINCT network) AS networks
      FROM activity GROUP BY account) AS known ON known.account = uses.account
JOIN (SELECT network, min(day) AS day, count(DISTINCT principal) AS principals FROM activity GROUP BY network) AS places
  ON places.network = uses.network
JOIN (SELECT account, day, CAST(row_number() OVER (PARTITION BY account ORDER BY day) AS BIGINT) - 1 AS days
      FROM (SELECT DISTINCT account, day FROM activity WHERE day IS NOT NULL) AS active) AS past
  ON past.account = uses.account AND past.day = uses.day
WHERE arrow_cast(uses.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days
  AND past.days >= $active_days
  AND places.day = uses.day
  AND places.principals = 1
  AND uses.kinds >= $kinds

-- title: "{principal} did {actions} for the first time, from {seen}, where it never was"
-- kind: baseline
-- severity: medium
-- topics: [130, 131]
-- mitre: [T1078.004]
-- why: A new place alone is travel and a new call alone is new work. Both at once, by a principal with weeks of history,
--   is seldom the same person.
-- do: Ask the owner. The network stands for the place; the country of an address is a look-up away.
-- false_positives: Moves of a program to another network together with a new version.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- lookback: 90d
-- group_by: [account, principal, seen]
-- threshold: {learning_days: 14, active_days: 5, networks: 8, calls: 2}
SELECT uses.account,
       uses.principal,
       uses.region,
       uses.network AS seen,
       uses.first,
       uses.last,
       uses.count,
       uses.actions,
       known.networks AS expected,
       past.days AS days_of_history,
       CASE WHEN uses.human THEN 'low' ELSE 'medium' END AS severity
FROM (SELECT calls.account, calls.principal, calls.network, calls.day, min(calls.region) AS region, min(calls.first) AS first, max(calls.last) AS last,
             sum(calls.count) AS count, count(*) AS kinds, bool_and(calls.human) AS human,
             array_agg(DISTINCT concat(split_part(calls.eventsource, '.', 1), ':', calls.eventname)) AS actions
      FROM (SELECT account, principal, network, eventsource, eventname, min(day) AS day, min(region) AS region, min(first) AS first, max(last) AS last,
                   sum(count) AS count, bool_and(caller = 'human') AS human
            FROM activity
            WHERE day IS NOT NULL AND caller NOT IN ('aws_service', 'iac') AND (network LIKE '%.0/24' OR network LIKE '%/48')
              AND network NOT LIKE '10.%' AND network NOT LIKE '192.168.%'
            GROUP BY account, principal, network, eventsource, eventname) AS calls
      JOIN (SELECT account, principal, eventsource, eventname, min(day) AS day FROM activity
            GROUP BY account, principal, eventsource, eventname) AS ever
        ON ever.account = calls.account AND ever.principal = calls.principal AND ever.eventsource = calls.eventsource
       AND ever.eventname = calls.eventname AND ever.day = calls.day
      JOIN (SELECT account, principal, network, min(day) AS day FROM activity GROUP BY account, principal, network) AS places
        ON places.account = calls.account AND places.principal = calls.principal AND places.network = calls.network AND places.day = calls.day
      GROUP BY calls.account, calls.principal, calls.network, calls.day) AS uses
JOIN (SELECT account, principal, min(day) AS since, count(DISTINCT day) AS days, count(DISTINCT network) AS kinds,
             array_agg(DISTINCT network) AS networks
      FROM activity GROUP BY account, principal) AS known
  ON known.account = uses.account AND known.principal = uses.principal
JOIN (SELECT account, principal, day, CAST(row_number() OVER (PARTITION BY account, principal ORDER BY day) AS BIGINT) - 1 AS days
      FROM (SELECT DISTINCT account, principal, day FROM activity WHERE day IS NOT NULL) AS active) AS past
  ON past.account = uses.account AND past.principal = uses.principal AND past.day = uses.day
WHERE arrow_cast(uses.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days
  AND past.days >= $active_days
  AND known.kinds <= $networks
  AND uses.kinds >= $calls

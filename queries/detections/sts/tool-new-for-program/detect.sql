-- title: "{principal}, a program, called with {seen} for the first time"
-- kind: baseline
-- severity: low
-- topics: []
-- mitre: [T1078.004, T1552.005]
-- why: A program calls AWS with the library that it was written with. A shell, a browser or an unknown tool with its
--   credentials is somebody who has them.
-- do: Compare the address with the program's.
-- false_positives: A rewrite; an administrator who debugs with the program's role.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- lookback: 60d
-- group_by: [account, principal, seen]
-- threshold: {learning_days: 14, active_days: 5, agents: 3}
SELECT uses.account,
       uses.principal,
       uses.region,
       uses.agent AS seen,
       uses.first,
       uses.last,
       uses.count,
       uses.actions,
       uses.networks,
       known.agents AS expected,
       past.days AS days_of_history,
       CASE WHEN uses.new_place THEN 'medium' ELSE 'low' END AS severity
FROM (SELECT tools.account, tools.principal, tools.agent, min(tools.day) AS day, min(tools.region) AS region, min(tools.first) AS first,
             max(tools.last) AS last, sum(tools.count) AS count, bool_or(places.day = tools.day) AS new_place,
             array_agg(DISTINCT tools.network) AS networks,
             array_agg(DISTINCT concat(split_part(tools.eventsource, '.', 1), ':', tools.eventname)) AS actions
      FROM activity AS tools
      JOIN (SELECT account, principal, network, min(day) AS day FROM activity GROUP BY account, principal, network) AS places
        ON places.account = tools.account AND places.principal = tools.principal AND places.network = tools.network
      WHERE tools.day IS NOT NULL AND tools.caller IN ('workload', 'unknown', 'human') AND tools.agent NOT LIKE '%.amazonaws.com'
        AND tools.agent <> '' AND tools.agent NOT LIKE 'AWS Internal%'
      GROUP BY tools.account, tools.principal, tools.agent) AS uses
JOIN (SELECT account, principal, min(day) AS since, count(DISTINCT day) AS days, count(DISTINCT agent) AS kinds,
             array_agg(DISTINCT agent) AS agents, min(caller) FILTER (WHERE caller = 'workload') AS program
      FROM activity GROUP BY account, principal) AS known
  ON known.account = uses.account AND known.principal = uses.principal
JOIN (SELECT account, principal, day, CAST(row_number() OVER (PARTITION BY account, principal ORDER BY day) AS BIGINT) - 1 AS days
      FROM (SELECT DISTINCT account, principal, day FROM activity WHERE day IS NOT NULL) AS active) AS past
  ON past.account = uses.account AND past.principal = uses.principal AND past.day = uses.day
WHERE arrow_cast(uses.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days
  AND past.days >= $active_days
  AND known.program IS NOT NULL
  AND known.kinds <= $agents

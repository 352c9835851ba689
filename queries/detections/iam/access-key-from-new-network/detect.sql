-- title: "The access key {access_key} of {principal} came from {seen} for the first time"
-- kind: baseline
-- severity: medium
-- topics: [57]
-- mitre: [T1078.004, T1552]
-- why: A long-lived key is used by a program in one place. A new network is a move, or somebody who found the key.
-- do: Compare the tool and the calls with those before; ask the owner. If it was not them, disable the key.
-- false_positives: Developers with keys on laptops. Raise `learning_days`, or give them roles.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html]
-- lookback: 60d
-- group_by: [account, access_key, seen]
-- threshold: {learning_days: 14, active_days: 5, networks: 5}
SELECT uses.account,
       uses.principal,
       uses.region,
       uses.access_key,
       uses.network AS seen,
       uses.first,
       uses.last,
       uses.count,
       uses.actions,
       uses.agents,
       known.networks AS expected,
       past.days AS days_of_history
FROM (SELECT account, min(principal) AS principal, accesskeyid AS access_key, network, min(day) AS day, min(region) AS region, min(first) AS first,
             max(last) AS last, sum(count) AS count, array_agg(DISTINCT concat(split_part(eventsource, '.', 1), ':', eventname)) AS actions,
             array_agg(DISTINCT agent) AS agents
      FROM activity
      WHERE accesskeyid IS NOT NULL AND day IS NOT NULL AND network NOT LIKE '%amazonaws.com' AND network NOT LIKE 'AWS Internal%'
      GROUP BY account, accesskeyid, network) AS uses
JOIN (SELECT account, accesskeyid, min(day) AS since, count(DISTINCT day) AS days, count(DISTINCT network) AS kinds,
             array_agg(DISTINCT network) AS networks
      FROM activity WHERE accesskeyid IS NOT NULL GROUP BY account, accesskeyid) AS known
  ON known.account = uses.account AND known.accesskeyid = uses.access_key
JOIN (SELECT account, principal, day, CAST(row_number() OVER (PARTITION BY account, principal ORDER BY day) AS BIGINT) - 1 AS days
      FROM (SELECT DISTINCT account, principal, day FROM activity WHERE day IS NOT NULL) AS active) AS past
  ON past.account = uses.account AND past.principal = uses.principal AND past.day = uses.day
WHERE arrow_cast(uses.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days
  AND past.days >= $active_days
  AND known.kinds <= $networks

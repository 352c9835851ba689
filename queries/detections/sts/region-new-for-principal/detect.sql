-- title: "{principal} worked in {seen} for the first time"
-- kind: baseline
-- severity: low
-- topics: []
-- mitre: [T1535, T1078.004]
-- why: Programs stay where they are. One that turns up in another region was moved, or is somebody else with its
--   credentials.
-- do: Look at what it did there.
-- false_positives: New deployments. People are left out.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- lookback: 90d
-- group_by: [account, principal, seen]
-- threshold: {learning_days: 14, active_days: 5, regions: 3}
SELECT uses.account,
       uses.principal,
       uses.region,
       uses.region AS seen,
       uses.first,
       uses.last,
       uses.count,
       uses.actions,
       known.regions AS expected,
       past.days AS days_of_history
FROM (SELECT account, principal, region, min(day) AS day, min(first) AS first, max(last) AS last, sum(count) AS count,
             array_agg(DISTINCT concat(split_part(eventsource, '.', 1), ':', eventname)) AS actions
      FROM activity
      WHERE day IS NOT NULL
        AND caller IN ('workload', 'unknown')
        AND eventsource NOT IN ('iam.amazonaws.com', 'sts.amazonaws.com', 'signin.amazonaws.com', 'organizations.amazonaws.com', 'account.amazonaws.com',
                                'cloudfront.amazonaws.com', 'route53.amazonaws.com', 'support.amazonaws.com', 'health.amazonaws.com')
      GROUP BY account, principal, region) AS uses
JOIN (SELECT account, principal, min(day) AS since, count(DISTINCT day) AS days, count(DISTINCT region) AS kinds,
             array_agg(DISTINCT region) AS regions
      FROM activity GROUP BY account, principal) AS known
  ON known.account = uses.account AND known.principal = uses.principal
JOIN (SELECT account, principal, day, CAST(row_number() OVER (PARTITION BY account, principal ORDER BY day) AS BIGINT) - 1 AS days
      FROM (SELECT DISTINCT account, principal, day FROM activity WHERE day IS NOT NULL) AS active) AS past
  ON past.account = uses.account AND past.principal = uses.principal AND past.day = uses.day
WHERE arrow_cast(uses.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days
  AND past.days >= $active_days
  AND known.kinds <= $regions

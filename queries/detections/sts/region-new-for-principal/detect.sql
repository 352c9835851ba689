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
-- threshold: {learning_days: 14, regions: 3}
SELECT uses.account,
       uses.principal,
       uses.region,
       uses.region AS seen,
       uses.first,
       uses.last,
       uses.count,
       uses.actions,
       known.regions AS expected,
       known.days AS days_of_history
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
WHERE arrow_cast(uses.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days
  AND known.kinds <= $regions

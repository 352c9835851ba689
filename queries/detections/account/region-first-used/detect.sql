-- title: "Account {account} was used in {seen}, where nothing ever happened, by {principal}"
-- kind: baseline
-- severity: medium
-- topics: [144]
-- mitre: [T1535]
-- why: What runs in a region that nobody looks at stays unseen, and costs money. Miners and back doors like such regions.
-- do: See what was made there. Shut regions that you do not use, by a service control policy.
-- false_positives: A new region for the business, which is low when code makes it; inventory tools that ask all regions, which only read.
-- references: [https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html]
-- lookback: 90d
-- group_by: [account, seen]
-- threshold: {learning_days: 14, active_days: 10}
SELECT uses.account,
       uses.principal,
       uses.region,
       uses.region AS seen,
       uses.first,
       uses.last,
       uses.count,
       uses.actions,
       known.regions AS expected,
       past.days AS days_of_history,
       CASE WHEN uses.made AND NOT uses.by_code THEN 'medium' ELSE 'low' END AS severity
FROM (SELECT account, region, min(principal) AS principal, min(day) AS day, min(first) AS first, max(last) AS last, sum(count) AS count,
             array_agg(DISTINCT concat(split_part(eventsource, '.', 1), ':', eventname)) AS actions,
             bool_or(eventname LIKE 'Run%' OR eventname LIKE 'Create%' OR eventname LIKE 'Put%' OR eventname LIKE 'Import%' OR eventname LIKE 'Request%'
                     OR eventname LIKE 'Register%' OR eventname LIKE 'Allocate%' OR eventname LIKE 'Copy%') AS made,
             bool_and(caller = 'iac') AS by_code
      FROM activity
      WHERE day IS NOT NULL
        AND caller <> 'aws_service'
        AND outcome = 'ok'
        AND eventsource NOT IN ('iam.amazonaws.com', 'sts.amazonaws.com', 'signin.amazonaws.com', 'organizations.amazonaws.com', 'account.amazonaws.com',
                                'cloudfront.amazonaws.com', 'route53.amazonaws.com', 'support.amazonaws.com', 'health.amazonaws.com', 'ce.amazonaws.com',
                                'billingconsole.amazonaws.com', 'globalaccelerator.amazonaws.com', 'waf.amazonaws.com', 'shield.amazonaws.com',
                                'budgets.amazonaws.com', 'trustedadvisor.amazonaws.com')
      GROUP BY account, region) AS uses
JOIN (SELECT account, min(day) AS since, count(DISTINCT day) AS days, array_agg(DISTINCT region) AS regions
      FROM activity GROUP BY account) AS known ON known.account = uses.account
JOIN (SELECT account, day, CAST(row_number() OVER (PARTITION BY account ORDER BY day) AS BIGINT) - 1 AS days
      FROM (SELECT DISTINCT account, day FROM activity WHERE day IS NOT NULL) AS active) AS past
  ON past.account = uses.account AND past.day = uses.day
WHERE arrow_cast(uses.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days
  AND past.days >= $active_days

-- title: "Account {account} was used in {seen}, where nothing ever happened, by {principal}"
-- kind: baseline
-- severity: medium
-- topics: [144]
-- mitre: [T1535]
-- why: What runs in a region that nobody looks at stays unseen, and costs money. Miners and back doors like such regions.
-- do: See what was made there. Shut regions that you do not use, by a service control policy.
-- false_positives: A new region for the business; inventory tools that ask all regions, which only read.
-- references: [https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html]
-- lookback: 90d
-- group_by: [account, seen]
-- threshold: {learning_days: 14}
SELECT uses.account,
       uses.principal,
       uses.region,
       uses.region AS seen,
       uses.first,
       uses.last,
       uses.count,
       uses.actions,
       known.regions AS expected,
       known.days AS days_of_history,
       CASE WHEN uses.only_reads THEN 'low' ELSE 'medium' END AS severity
FROM (SELECT account, region, min(principal) AS principal, min(day) AS day, min(first) AS first, max(last) AS last, sum(count) AS count,
             array_agg(DISTINCT concat(split_part(eventsource, '.', 1), ':', eventname)) AS actions,
             bool_and(eventname LIKE 'Get%' OR eventname LIKE 'List%' OR eventname LIKE 'Describe%') AS only_reads
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
WHERE arrow_cast(uses.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days

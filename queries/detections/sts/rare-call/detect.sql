-- title: "{principal} did {action}, which nobody of account {account} did before"
-- kind: baseline
-- severity: low
-- topics: [129]
-- mitre: [T1078.004, T1098]
-- why: In an account with weeks of history, a change to identities, keys or logging that nobody ever made there is either
--   news or an intruder.
-- do: Ask the principal.
-- false_positives: New projects. By code it is info.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- lookback: 90d
-- group_by: [account, principal, action]
-- threshold: {learning_days: 21, active_days: 10}
SELECT uses.account,
       uses.principal,
       uses.region,
       uses.action,
       uses.first,
       uses.last,
       uses.count,
       'never in this account' AS expected,
       uses.action AS seen,
       past.days AS days_of_history,
       CASE WHEN uses.by_code THEN 'info' ELSE 'low' END AS severity
FROM (SELECT account, min(principal) AS principal, min(region) AS region, eventsource, eventname,
             concat(split_part(eventsource, '.', 1), ':', eventname) AS action, min(day) AS day, min(first) AS first, max(last) AS last,
             sum(count) AS count, bool_and(caller = 'iac') AS by_code, count(DISTINCT principal) AS principals
      FROM activity
      WHERE day IS NOT NULL
        AND outcome = 'ok'
        AND caller <> 'aws_service'
        AND eventsource IN ('iam.amazonaws.com', 'sts.amazonaws.com', 'kms.amazonaws.com', 'secretsmanager.amazonaws.com', 'cloudtrail.amazonaws.com',
                            'organizations.amazonaws.com', 'sso.amazonaws.com', 'account.amazonaws.com', 'ram.amazonaws.com',
                            'guardduty.amazonaws.com', 'config.amazonaws.com', 'rolesanywhere.amazonaws.com')
        AND eventname NOT LIKE 'AssumeRole%'
        AND NOT (eventname LIKE 'List%' OR eventname LIKE 'Describe%' OR eventname LIKE 'Get%' OR eventname LIKE 'BatchGet%' OR eventname LIKE 'Lookup%'
                 OR eventname LIKE 'Search%' OR eventname LIKE 'Generate%' OR eventname LIKE 'Simulate%' OR eventname LIKE 'Check%')
      GROUP BY account, eventsource, eventname) AS uses
JOIN (SELECT account, min(day) AS since, count(DISTINCT day) AS days FROM activity GROUP BY account) AS known
  ON known.account = uses.account
JOIN (SELECT account, day, CAST(row_number() OVER (PARTITION BY account ORDER BY day) AS BIGINT) - 1 AS days
      FROM (SELECT DISTINCT account, day FROM activity WHERE day IS NOT NULL) AS active) AS past
  ON past.account = uses.account AND past.day = uses.day
WHERE arrow_cast(uses.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days
  AND past.days >= $active_days
  AND uses.principals = 1

-- title: "{principal} did {seen} for the first time"
-- kind: baseline
-- severity: low
-- topics: [191, 242, 316, 321, 330, 362, 363, 377]
-- mitre: [T1078.004, T1555.006, T1651, T1648]
-- why: Secrets, commands on machines, functions, stacks, key pairs and messages are used by the same principals day after day.
--   One that did none of it in weeks and now does has a new task, or a new holder.
-- do: Ask the owner whether the task is new. If not, look at the address and the tool, and at what else they did that day.
-- false_positives: New tasks and new versions of programs.
-- references: [https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html]
-- lookback: 60d
-- group_by: [account, principal, seen]
-- threshold: {learning_days: 14, active_days: 5}
SELECT uses.account,
       uses.principal,
       uses.region,
       uses.seen,
       uses.first,
       uses.last,
       uses.count,
       uses.networks,
       uses.agents,
       'never before' AS expected,
       past.days AS days_of_history,
       CASE WHEN uses.by_code THEN 'info' ELSE 'low' END AS severity
FROM (SELECT account, principal, concat(split_part(eventsource, '.', 1), ':', eventname) AS seen, min(day) AS day, min(region) AS region,
             min(first) AS first, max(last) AS last, sum(count) AS count, array_agg(DISTINCT network) AS networks, array_agg(DISTINCT agent) AS agents,
             bool_and(caller = 'iac') AS by_code
      FROM activity
      WHERE day IS NOT NULL
        AND outcome = 'ok'
        AND caller <> 'aws_service'
        AND ((eventsource = 'secretsmanager.amazonaws.com' AND eventname IN ('GetSecretValue', 'BatchGetSecretValue'))
             OR (eventsource = 'ssm.amazonaws.com' AND eventname IN ('SendCommand', 'StartSession', 'StartAutomationExecution'))
             OR (eventsource = 'lambda.amazonaws.com' AND eventname IN ('Invoke', 'InvokeAsync'))
             OR (eventsource = 'cloudformation.amazonaws.com' AND eventname IN ('CreateStack', 'CreateStackSet'))
             OR (eventsource = 'ec2.amazonaws.com' AND eventname IN ('CreateKeyPair', 'ImportKeyPair'))
             OR (eventsource = 'sns.amazonaws.com' AND eventname IN ('Publish', 'CreateTopic'))
             OR (eventsource = 'dynamodb.amazonaws.com' AND eventname IN ('Scan', 'ExportTableToPointInTime')))
      GROUP BY account, principal, concat(split_part(eventsource, '.', 1), ':', eventname)) AS uses
JOIN (SELECT account, principal, min(day) AS since FROM activity GROUP BY account, principal) AS known
  ON known.account = uses.account AND known.principal = uses.principal
JOIN (SELECT account, principal, day, CAST(row_number() OVER (PARTITION BY account, principal ORDER BY day) AS BIGINT) - 1 AS days
      FROM (SELECT DISTINCT account, principal, day FROM activity WHERE day IS NOT NULL) AS active) AS past
  ON past.account = uses.account AND past.principal = uses.principal AND past.day = uses.day
WHERE arrow_cast(uses.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days
  AND past.days >= $active_days

-- title: "{principal} asked who it is, for the first time"
-- kind: baseline
-- severity: low
-- topics: [109]
-- mitre: [T1087.004, T1033]
-- why: Programs know who they are. A key that asks after weeks of work without asking is in hands that do not.
-- do: Compare address and agent with those before.
-- false_positives: A developer with a program's credentials; a new version of a tool.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- lookback: 60d
-- threshold: {learning_days: 14, active_days: 5}
SELECT acts.account,
       acts.principal,
       acts.region,
       acts.first,
       acts.last,
       acts.count,
       acts.event_ids,
       acts.addresses,
       acts.agents AS seen,
       known.agents AS expected,
       past.days AS days_of_history,
       CASE WHEN acts.human THEN 'info' ELSE 'low' END AS severity
FROM (SELECT recipientaccountid AS account, principal, CAST(eventtime AS DATE) AS day, min(awsregion) AS region, min(eventtime) AS first,
             max(eventtime) AS last, count(*) AS count, array_agg(eventid) AS event_ids, array_agg(DISTINCT sourceipaddress) AS addresses,
             array_agg(DISTINCT agent) AS agents, bool_and(caller = 'human' OR caller = 'iac') AS human
      FROM cloudtrail
      WHERE eventsource = 'sts.amazonaws.com'
        AND eventname = 'GetCallerIdentity'
        AND caller <> 'aws_service'
      GROUP BY recipientaccountid, principal, CAST(eventtime AS DATE)) AS acts
JOIN (SELECT account, principal, min(day) AS since, count(DISTINCT day) AS days, array_agg(DISTINCT agent) AS agents,
             min(day) FILTER (WHERE eventname = 'GetCallerIdentity') AS asked
      FROM activity GROUP BY account, principal) AS known
  ON known.account = acts.account AND known.principal = acts.principal
JOIN (SELECT account, principal, day, CAST(row_number() OVER (PARTITION BY account, principal ORDER BY day) AS BIGINT) - 1 AS days
      FROM (SELECT DISTINCT account, principal, day FROM activity WHERE day IS NOT NULL) AS active) AS past
  ON past.account = acts.account AND past.principal = acts.principal AND past.day = acts.day
WHERE arrow_cast(acts.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days
  AND past.days >= $active_days
  AND (known.asked IS NULL OR known.asked >= acts.day)

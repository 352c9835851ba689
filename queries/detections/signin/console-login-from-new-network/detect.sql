-- title: "{principal} signed in to the console from {seen}, where it never was"
-- kind: baseline
-- severity: medium
-- topics: [18]
-- mitre: [T1078.004]
-- why: A stolen password is used from where its owner never is. People change networks seldom enough that a new one is
--   worth a question.
-- do: Ask the person by another way. If it was not them, close the sessions and change the password.
-- false_positives: Travel, a new office, a new provider.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html]
-- lookback: 90d
-- group_by: [account, principal, seen]
-- threshold: {learning_days: 14, active_days: 5}
SELECT logins.account,
       logins.principal,
       logins.region,
       logins.network AS seen,
       logins.first,
       logins.last,
       logins.count,
       logins.event_ids,
       logins.addresses,
       known.networks AS expected,
       past.days AS days_of_history,
       CASE WHEN logins.mfa THEN 'low' ELSE 'medium' END AS severity
FROM (SELECT recipientaccountid AS account, principal, network, CAST(eventtime AS DATE) AS day, min(awsregion) AS region,
             min(eventtime) AS first, max(eventtime) AS last, count(*) AS count, array_agg(eventid) AS event_ids,
             array_agg(DISTINCT sourceipaddress) AS addresses,
             bool_and(json_text(additionaleventdata, 'MFAUsed') = 'Yes') AS mfa
      FROM cloudtrail
      WHERE eventsource = 'signin.amazonaws.com'
        AND eventname = 'ConsoleLogin'
        AND useridentity.type IN ('IAMUser', 'Root', 'FederatedUser')
        AND json_text(responseelements, 'ConsoleLogin') = 'Success'
      GROUP BY recipientaccountid, principal, network, CAST(eventtime AS DATE)) AS logins
JOIN (SELECT account, principal, array_agg(DISTINCT network) AS networks, count(DISTINCT day) AS days, min(day) AS since
      FROM activity GROUP BY account, principal) AS known
  ON known.account = logins.account AND known.principal = logins.principal
LEFT JOIN (SELECT account, principal, network, min(day) AS day FROM activity GROUP BY account, principal, network) AS before
  ON before.account = logins.account AND before.principal = logins.principal AND before.network = logins.network
JOIN (SELECT account, principal, day, CAST(row_number() OVER (PARTITION BY account, principal ORDER BY day) AS BIGINT) - 1 AS days
      FROM (SELECT DISTINCT account, principal, day FROM activity WHERE day IS NOT NULL) AS active) AS past
  ON past.account = logins.account AND past.principal = logins.principal AND past.day = logins.day
WHERE arrow_cast(logins.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days
  AND past.days >= $active_days
  AND (before.day IS NULL OR before.day >= logins.day)

-- title: "{principal} signed in to the console from {seen}, a country where it never was"
-- kind: baseline
-- severity: high
-- topics: [17, 18, 131]
-- mitre: [T1078.004]
-- why: A stolen password is mostly used from another country than its owner's.
-- do: Ask the person by another way. If it was not them, close the sessions and change the password.
-- false_positives: Travel, and companies whose traffic leaves from another country. Without a database of addresses
--   (`rules.geoip`) it never fires.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html]
-- lookback: 90d
-- group_by: [account, principal, seen]
-- threshold: {learning_days: 14}
SELECT logins.account,
       logins.principal,
       logins.region,
       logins.country AS seen,
       logins.first,
       logins.last,
       logins.count,
       logins.event_ids,
       logins.addresses,
       logins.owners,
       known.countries AS expected,
       CASE WHEN logins.mfa THEN 'medium' ELSE 'high' END AS severity
FROM (SELECT recipientaccountid AS account, principal, country(sourceipaddress) AS country, CAST(eventtime AS DATE) AS day,
             min(awsregion) AS region, min(eventtime) AS first, max(eventtime) AS last, count(*) AS count, array_agg(eventid) AS event_ids,
             array_agg(DISTINCT sourceipaddress) AS addresses, array_agg(DISTINCT as_org(sourceipaddress)) AS owners,
             bool_and(json_text(additionaleventdata, 'MFAUsed') = 'Yes') AS mfa
      FROM cloudtrail
      WHERE eventsource = 'signin.amazonaws.com'
        AND eventname = 'ConsoleLogin'
        AND useridentity.type IN ('IAMUser', 'Root', 'FederatedUser')
        AND json_text(responseelements, 'ConsoleLogin') = 'Success'
        AND country(sourceipaddress) IS NOT NULL
      GROUP BY recipientaccountid, principal, country(sourceipaddress), CAST(eventtime AS DATE)) AS logins
JOIN (SELECT account, principal, day, country(network) AS country FROM activity WHERE country(network) IS NOT NULL) AS before
  ON before.account = logins.account AND before.principal = logins.principal AND before.day < logins.day
JOIN (SELECT account, principal, min(day) AS since, array_agg(DISTINCT country(network)) AS countries
      FROM activity WHERE country(network) IS NOT NULL GROUP BY account, principal) AS known
  ON known.account = logins.account AND known.principal = logins.principal
WHERE arrow_cast(logins.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days
GROUP BY logins.account, logins.principal, logins.region, logins.country, logins.first, logins.last, logins.count, logins.event_ids,
         logins.addresses, logins.owners, known.countries, logins.mfa
HAVING NOT bool_or(before.country = logins.country)

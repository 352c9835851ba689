-- title: "The service {service} takes roles here for the first time: {roles}"
-- kind: baseline
-- severity: info
-- topics: [100]
-- mitre: [T1550.001, T1548.005]
-- why: A service that starts to act with a role of the account was set up by somebody. In the first weeks everything is
--   new and only a record; later a new service is a change worth knowing.
-- do: Find who set the service up on that day.
-- false_positives: First use of a service.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html]
-- lookback: 60d
-- group_by: [account, service]
-- threshold: {learning_days: 14}
SELECT acts.account,
       acts.service AS principal,
       acts.service,
       acts.region,
       acts.first,
       acts.last,
       acts.count,
       acts.event_ids,
       acts.roles,
       'no AssumeRole by this service' AS expected,
       acts.roles AS seen,
       arrow_cast(acts.day, 'Int32') - arrow_cast(known.since, 'Int32') AS days_of_history,
       CASE WHEN arrow_cast(acts.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days THEN 'low' ELSE 'info' END AS severity
FROM (SELECT recipientaccountid AS account, principal AS service, CAST(eventtime AS DATE) AS day, min(awsregion) AS region,
             min(eventtime) AS first, max(eventtime) AS last, count(*) AS count, array_agg(eventid) AS event_ids,
             array_agg(DISTINCT coalesce(json_text(requestparameters, 'roleArn'), 'of unknown name')) AS roles
      FROM cloudtrail
      WHERE eventsource = 'sts.amazonaws.com'
        AND eventname = 'AssumeRole'
        AND errorcode IS NULL
        AND useridentity.type = 'AWSService'
      GROUP BY recipientaccountid, principal, CAST(eventtime AS DATE)) AS acts
JOIN (SELECT account, min(day) AS since FROM activity GROUP BY account) AS known ON known.account = acts.account
LEFT JOIN (SELECT account, principal, min(day) AS day FROM activity WHERE eventname = 'AssumeRole' GROUP BY account, principal) AS before
  ON before.account = acts.account AND before.principal = acts.service
WHERE before.day IS NULL OR before.day >= acts.day

-- title: "The service account {who} took a role from {seen}, where its cluster never was"
-- kind: baseline
-- severity: medium
-- topics: [112]
-- mitre: [T1078.004, T1528]
-- why: The token of a Kubernetes service account works from anywhere. Its cluster has few ways out; another network is
--   a token that was carried away.
-- do: Find the pod; rotate the cluster's signing keys if need be; look at what the role did.
-- false_positives: New nodes, new NAT gateways.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- lookback: 60d
-- group_by: [account, who, seen]
-- threshold: {learning_days: 14, active_days: 5}
SELECT acts.account,
       acts.principal,
       acts.who,
       acts.region,
       acts.network AS seen,
       acts.first,
       acts.last,
       acts.count,
       acts.event_ids,
       acts.roles,
       known.networks AS expected,
       past.days AS days_of_history
FROM (SELECT recipientaccountid AS account, principal, network, CAST(eventtime AS DATE) AS day, min(awsregion) AS region,
             min(coalesce(useridentity.username, principal)) AS who, min(eventtime) AS first, max(eventtime) AS last, count(*) AS count,
             array_agg(eventid) AS event_ids, array_agg(DISTINCT json_text(requestparameters, 'roleArn')) AS roles
      FROM cloudtrail
      WHERE eventsource = 'sts.amazonaws.com'
        AND eventname = 'AssumeRoleWithWebIdentity'
        AND errorcode IS NULL
        AND useridentity.principalid LIKE '%system:serviceaccount:%'
        AND vpcendpointid IS NULL
        AND ip_in(sourceipaddress, '10.0.0.0/8') IS NOT TRUE
        AND ip_in(sourceipaddress, '172.16.0.0/12') IS NOT TRUE
        AND ip_in(sourceipaddress, '192.168.0.0/16') IS NOT TRUE
      GROUP BY recipientaccountid, principal, network, CAST(eventtime AS DATE)) AS acts
JOIN (SELECT account, principal, min(day) AS since, count(DISTINCT day) AS days, array_agg(DISTINCT network) AS networks
      FROM activity WHERE eventname = 'AssumeRoleWithWebIdentity' GROUP BY account, principal) AS known
  ON known.account = acts.account AND known.principal = acts.principal
LEFT JOIN (SELECT account, network, min(day) AS day FROM activity WHERE eventname = 'AssumeRoleWithWebIdentity'
           GROUP BY account, network) AS before
  ON before.account = acts.account AND before.network = acts.network
JOIN (SELECT account, principal, day, CAST(row_number() OVER (PARTITION BY account, principal ORDER BY day) AS BIGINT) - 1 AS days
      FROM (SELECT DISTINCT account, principal, day FROM activity WHERE day IS NOT NULL) AS active) AS past
  ON past.account = acts.account AND past.principal = acts.principal AND past.day = acts.day
WHERE arrow_cast(acts.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days
  AND past.days >= $active_days
  AND (before.day IS NULL OR before.day >= acts.day)

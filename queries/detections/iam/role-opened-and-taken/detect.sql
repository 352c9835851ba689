-- title: "{principal} changed who may take the role {role}, and took it {minutes} minutes later"
-- kind: window
-- severity: high
-- topics: []
-- mitre: [T1098.003, T1548, T1078.004]
-- why: Whoever may rewrite trust policies can become any role. These two calls in a row are just that.
-- do: Compare the role with what the principal may do otherwise; set the trust policy back.
-- false_positives: Administrators who fix a trust policy and try it.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_permissions-to-switch.html]
-- window: 1h
-- every: 30m
-- group_by: [account, principal, role]
SELECT made.principal,
       made.account,
       made.region,
       made.role,
       min(made.at) AS first,
       max(taken.at) AS last,
       count(DISTINCT made.id) + count(DISTINCT taken.id) AS count,
       CAST((date_part('epoch', min(taken.at)) - date_part('epoch', min(made.at))) / 60 AS BIGINT) AS minutes,
       array_concat(array_agg(DISTINCT made.id), array_agg(DISTINCT taken.id)) AS event_ids,
       CASE WHEN bool_or(made.by_code) THEN 'low' WHEN bool_or(made.is_new) THEN 'medium' ELSE 'high' END AS severity
FROM (SELECT principal, recipientaccountid AS account, awsregion AS region, eventtime AS at, eventid AS id, caller = 'iac' AS by_code,
             eventname = 'CreateRole' AS is_new, json_text(requestparameters, 'roleName') AS role, _window
      FROM cloudtrail
      WHERE eventsource = 'iam.amazonaws.com' AND eventname IN ('UpdateAssumeRolePolicy', 'CreateRole') AND errorcode IS NULL
        AND caller <> 'aws_service') AS made
JOIN (SELECT principal, recipientaccountid AS account, eventtime AS at, eventid AS id, _window,
             arn_part(json_text(requestparameters, 'roleArn'), 'name') AS role
      FROM cloudtrail
      WHERE eventsource = 'sts.amazonaws.com' AND eventname = 'AssumeRole' AND errorcode IS NULL) AS taken
  ON taken.account = made.account AND taken.principal = made.principal AND taken.role = made.role AND taken._window = made._window
 AND taken.at >= made.at
GROUP BY made.principal, made.account, made.region, made.role, made._window

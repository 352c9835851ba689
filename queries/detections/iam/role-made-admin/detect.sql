-- title: "{principal} made the role {target} and gave it administrator rights within {minutes} minutes"
-- kind: window
-- severity: high
-- topics: [82]
-- mitre: [T1136.003, T1098.003]
-- why: A new role with all rights is a back door for whoever its trust policy names.
-- do: Look at the trust policy (role-trust-granted) and at AssumeRole of this role. Ask the maker.
-- false_positives: Set-up of an account. By code it is low.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html]
-- window: 1h
-- every: 30m
-- group_by: [account, principal, target]
SELECT made.principal,
       made.account,
       made.region,
       made.target,
       min(made.at) AS first,
       max(then.at) AS last,
       CAST((date_part('epoch', max(then.at)) - date_part('epoch', min(made.at))) / 60 AS BIGINT) AS minutes,
       1 + count(DISTINCT then.id) AS count,
       array_concat(array_agg(DISTINCT made.id), array_agg(DISTINCT then.id)) AS event_ids,
       CASE WHEN bool_or(made.by_code) THEN 'low' ELSE 'high' END AS severity
FROM (SELECT principal, recipientaccountid AS account, awsregion AS region, eventtime AS at, eventid AS id, caller = 'iac' AS by_code, _window,
             json_text(requestparameters, 'roleName') AS target
      FROM cloudtrail
      WHERE eventsource = 'iam.amazonaws.com' AND eventname = 'CreateRole' AND errorcode IS NULL AND caller <> 'aws_service') AS made
JOIN (SELECT recipientaccountid AS account, eventtime AS at, eventid AS id, _window, json_text(requestparameters, 'roleName') AS target
      FROM cloudtrail
      WHERE eventsource = 'iam.amazonaws.com'
        AND eventname IN ('AttachRolePolicy', 'PutRolePolicy')
        AND errorcode IS NULL
        AND (json_text(requestparameters, 'policyArn') LIKE '%:policy/AdministratorAccess'
             OR json_text(requestparameters, 'policyArn') LIKE '%:policy/IAMFullAccess'
             OR regexp_replace(coalesce(json_text(requestparameters, 'policyDocument'), ''), '\s', '', 'g') LIKE '%"Action":"*"%'
             OR regexp_replace(coalesce(json_text(requestparameters, 'policyDocument'), ''), '\s', '', 'g') LIKE '%"Action":["*"]%')) AS then
  ON then.account = made.account AND then.target = made.target AND then._window = made._window AND then.at >= made.at
GROUP BY made.principal, made.account, made.region, made.target, made._window

-- title: "{principal} made the user {target} and gave it {what} within {minutes} minutes"
-- kind: window
-- severity: medium
-- topics: [61, 62]
-- mitre: [T1136.003, T1098.001, T1098.003]
-- why: A user with a key or with administrator rights minutes after it was made is a ready back door. Each step alone is
--   everyday; the row of them by one hand is how intruders stay.
-- do: Disable the user's keys and password, ask the maker, and read what the user did.
-- false_positives: Set-up of a user for a program, by hand.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users.html]
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
       array_to_string(array_sort(array_agg(DISTINCT then.what)), ', ') AS what,
       array_concat(array_agg(DISTINCT made.id), array_agg(DISTINCT then.id)) AS event_ids,
       CASE WHEN bool_or(made.by_code) THEN 'low' WHEN bool_or(then.what = 'administrator rights') THEN 'high' ELSE 'medium' END AS severity
FROM (SELECT principal, recipientaccountid AS account, awsregion AS region, eventtime AS at, eventid AS id, caller = 'iac' AS by_code, _window,
             json_text(requestparameters, 'userName') AS target
      FROM cloudtrail
      WHERE eventsource = 'iam.amazonaws.com' AND eventname = 'CreateUser' AND errorcode IS NULL AND caller <> 'aws_service') AS made
JOIN (SELECT recipientaccountid AS account, principal, eventtime AS at, eventid AS id, _window,
             json_text(requestparameters, 'userName') AS target,
             CASE eventname WHEN 'CreateAccessKey' THEN 'an access key' WHEN 'CreateLoginProfile' THEN 'a password'
                            ELSE 'administrator rights' END AS what
      FROM cloudtrail
      WHERE eventsource = 'iam.amazonaws.com'
        AND eventname IN ('CreateAccessKey', 'CreateLoginProfile', 'AttachUserPolicy', 'PutUserPolicy')
        AND errorcode IS NULL
        AND (eventname IN ('CreateAccessKey', 'CreateLoginProfile')
             OR json_text(requestparameters, 'policyArn') LIKE '%:policy/AdministratorAccess'
             OR json_text(requestparameters, 'policyArn') LIKE '%:policy/IAMFullAccess'
             OR regexp_replace(coalesce(json_text(requestparameters, 'policyDocument'), ''), '\s', '', 'g') LIKE '%"Action":"*"%'
             OR regexp_replace(coalesce(json_text(requestparameters, 'policyDocument'), ''), '\s', '', 'g') LIKE '%"Action":["*"]%')) AS then
  ON then.account = made.account AND then.target = made.target AND then._window = made._window AND then.at >= made.at
GROUP BY made.principal, made.account, made.region, made.target, made._window

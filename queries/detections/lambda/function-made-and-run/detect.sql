-- title: "{principal} made the function {function} with a role and {how} within {minutes} minutes"
-- kind: window
-- severity: medium
-- topics: []
-- mitre: [T1648, T1098.003, T1078.004]
-- why: Making a function with somebody's role and running it at once is how a right to pass roles becomes the role's
--   rights.
-- do: Read the function's code and what its role did. Delete it if nobody asked for it.
-- false_positives: Developers who try a new function. By code it is info.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html]
-- window: 1h
-- every: 30m
-- group_by: [account, principal, function]
SELECT made.principal,
       made.account,
       made.region,
       made.function,
       made.role,
       min(made.at) AS first,
       max(then.at) AS last,
       1 + count(DISTINCT then.id) AS count,
       CAST((date_part('epoch', min(then.at)) - date_part('epoch', min(made.at))) / 60 AS BIGINT) AS minutes,
       array_to_string(array_sort(array_agg(DISTINCT then.how)), ', ') AS how,
       array_concat(array_agg(DISTINCT made.id), array_agg(DISTINCT then.id)) AS event_ids,
       CASE WHEN bool_or(made.by_code) THEN 'info' WHEN lower(made.role) LIKE '%admin%' THEN 'high'
            WHEN bool_or(made.by_program) THEN 'low' ELSE 'medium' END AS severity
FROM (SELECT principal, recipientaccountid AS account, awsregion AS region, eventtime AS at, eventid AS id, caller = 'iac' AS by_code,
             caller = 'workload' AS by_program, _window, json_text(requestparameters, 'functionName') AS function, json_text(requestparameters, 'role') AS role
      FROM cloudtrail
      WHERE eventsource = 'lambda.amazonaws.com'
        AND eventname IN ('CreateFunction20150331', 'CreateFunction')
        AND errorcode IS NULL
        AND caller NOT IN ('aws_service')) AS made
JOIN (SELECT principal, recipientaccountid AS account, eventtime AS at, eventid AS id, _window,
             regexp_replace(json_text(requestparameters, 'functionName'), '^.*:function:', '') AS function,
             CASE WHEN eventname = 'Invoke' THEN 'ran it' WHEN eventname LIKE 'CreateEventSourceMapping%' THEN 'tied it to events'
                  WHEN eventname LIKE 'AddPermission%' THEN 'let others call it' ELSE 'gave it an address' END AS how
      FROM cloudtrail
      WHERE eventsource = 'lambda.amazonaws.com'
        AND eventname IN ('Invoke', 'CreateEventSourceMapping20150331', 'CreateEventSourceMapping', 'AddPermission20150331v2', 'AddPermission',
                          'CreateFunctionUrlConfig')
        AND errorcode IS NULL) AS then
  ON then.account = made.account AND then.principal = made.principal AND then.function = made.function AND then._window = made._window
 AND then.at >= made.at
GROUP BY made.principal, made.account, made.region, made.function, made.role, made._window

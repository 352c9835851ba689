-- title: "{principal} gave the function {function} the role {role}"
-- kind: match
-- severity: info
-- topics: []
-- mitre: [T1098.003, T1648]
-- why: A function does what its code says, with the rights of its role. Making one with a strong role is a step up for
--   whoever may pass the role; PassRole itself has no event.
-- do: Compare the role with what the principal may do. Look at who calls the function next.
-- false_positives: Every deployment of functions.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html]
-- group_by: [account, principal, role]
SELECT coalesce(json_text(requestparameters, 'functionName'), 'of unknown name') AS function,
       json_text(requestparameters, 'role') AS role,
       CASE WHEN caller = 'iac' THEN 'info' WHEN lower(json_text(requestparameters, 'role')) LIKE '%admin%' THEN 'medium'
            WHEN caller = 'human' OR eventname LIKE 'Update%' THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('CreateFunction20150331', 'CreateFunction', 'UpdateFunctionConfiguration20150331v2', 'UpdateFunctionConfiguration20150331',
                    'UpdateFunctionConfiguration')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND json_text(requestparameters, 'role') IS NOT NULL

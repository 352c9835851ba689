-- title: "{principal} let CloudFormation act with the role {role}: {event}"
-- kind: match
-- severity: info
-- topics: []
-- mitre: [T1098.003, T1578]
-- why: "A stack with a role does whatever its template says with the role's rights: also what its maker may not."
-- do: Compare the role with what the principal may do; read the template.
-- false_positives: Pipelines that deploy with a role, which is good practice.
-- references: [https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html]
-- group_by: [account, principal, role]
SELECT coalesce(json_text(requestparameters, 'roleARN'), json_text(requestparameters, 'administrationRoleARN'),
                json_text(requestparameters, 'executionRoleName')) AS role,
       coalesce(json_text(requestparameters, 'stackName'), json_text(requestparameters, 'stackSetName')) AS stack,
       CASE WHEN caller = 'human' THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'cloudformation.amazonaws.com'
  AND eventname IN ('CreateStack', 'UpdateStack', 'CreateChangeSet', 'CreateStackSet', 'UpdateStackSet', 'CreateStackInstances')
  AND errorcode IS NULL
  AND (useridentity.type IS DISTINCT FROM 'AWSService')
  AND (json_text(requestparameters, 'roleARN') IS NOT NULL OR json_text(requestparameters, 'administrationRoleARN') IS NOT NULL
       OR json_text(requestparameters, 'executionRoleName') IS NOT NULL)

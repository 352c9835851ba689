-- title: "{principal} created the stack {stack} by hand"
-- kind: match
-- severity: info
-- topics: [330]
-- mitre: [T1648, T1578]
-- why: Context. A stack makes whatever its template says, with the rights of its role. Pipelines create stacks; people seldom do.
-- do: Read the template if nobody knows of the stack; check the role that was given along.
-- false_positives: Developers; vendors' quick starts.
-- references: [https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'stackName'), json_text(requestparameters, 'stackSetName'), 'of unknown name') AS stack,
       coalesce(json_text(requestparameters, 'roleARN'), json_text(requestparameters, 'administrationRoleARN')) AS role,
       json_text(requestparameters, 'templateURL') AS template
FROM cloudtrail
WHERE eventsource = 'cloudformation.amazonaws.com'
  AND eventname IN ('CreateStack', 'CreateStackSet', 'CreateStackInstances')
  AND errorcode IS NULL
  AND caller IN ('human', 'unknown')

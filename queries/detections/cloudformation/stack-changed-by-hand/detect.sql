-- title: "{principal} changed the stack {stack} by hand: {event}"
-- kind: match
-- severity: info
-- topics: []
-- mitre: [T1578, T1078.004]
-- why: A stack that was made with a role keeps it. Whoever may update the stack acts with that role, and the update names no
--   role at all.
-- do: Read the change set; see which role the stack has.
-- false_positives: Administration by hand.
-- references: [https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html]
-- group_by: [account, principal, stack]
SELECT coalesce(json_text(requestparameters, 'stackName'), json_text(requestparameters, 'stackSetName'), json_text(requestparameters, 'changeSetName'),
                'of unknown name') AS stack
FROM cloudtrail
WHERE eventsource = 'cloudformation.amazonaws.com'
  AND eventname IN ('UpdateStack', 'ExecuteChangeSet', 'UpdateStackSet', 'UpdateStackInstances')
  AND errorcode IS NULL
  AND caller = 'human'

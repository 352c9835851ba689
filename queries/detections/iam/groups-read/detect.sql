-- title: "{principal} read IAM groups: {event}"
-- kind: match
-- severity: info
-- topics: [145]
-- mitre: [T1087.004, T1069.003]
-- why: Groups tell who has which rights; AddUserToGroup into the right one is a short way up.
-- do: Nothing alone.
-- false_positives: Consoles, scanners and infrastructure as code.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html]
SELECT json_text(requestparameters, 'groupName') AS target,
       errorcode AS outcome
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('GetGroup', 'GetGroupPolicy', 'ListAttachedGroupPolicies', 'ListGroupPolicies', 'ListGroups', 'ListGroupsForUser')
  AND caller <> 'aws_service'

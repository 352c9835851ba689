-- title: "{principal} tried to pass a role it may not pass: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1078.004, T1098.003]
-- why: Trying one service after the other with a strong role is how a way up is looked for. Only the denials show the
--   word PassRole.
-- do: See which role it was. Several services in a row by one principal is an intruder.
-- false_positives: A developer whose rights lack a line.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html]
-- accept: {cost: "any service may be handed a role; the message alone tells it"}
SELECT (regexp_match(errormessage, 'arn:aws[a-z-]*:iam::[0-9]{12}:role/[^ ]+'))[1] AS role,
       errormessage AS message
FROM cloudtrail
WHERE denied
  AND errormessage LIKE '%iam:PassRole%'
  AND caller <> 'aws_service'

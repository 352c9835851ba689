-- title: "{principal} read all of IAM in one call"
-- kind: match
-- severity: low
-- topics: [147, 148]
-- mitre: [T1087.004]
-- why: "GetAccountAuthorizationDetails lists every user, role and policy: the map for the next step."
-- do: Check that it is a scanner that you know.
-- false_positives: Security scanners and access reports.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
SELECT errorcode AS error
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('GetAccountAuthorizationDetails', 'SimulatePrincipalPolicy')
  AND caller <> 'aws_service'

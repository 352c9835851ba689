-- title: "{principal} called {event} with a request too large for the log"
-- kind: match
-- severity: medium
-- topics: [89]
-- mitre: [T1562.008]
-- why: CloudTrail leaves out parameters above a size. A policy padded with blanks hides what it grants.
-- do: Read the policy in IAM itself and compare.
-- false_positives: Very large policies, which are rare in IAM.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html]
SELECT json_text(requestparameters, 'omitted') AS omitted,
       json_text(requestparameters, 'reason') AS reason
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND readonly IS NOT TRUE
  AND caller <> 'aws_service'
  AND requestparameters LIKE '%omitted%'
  AND (json_text(requestparameters, 'omitted') = 'true' OR requestparameters LIKE '%requestParameters too large%')

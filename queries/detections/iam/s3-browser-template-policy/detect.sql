-- title: "{principal} gave {target} the template policy of S3 Browser, placeholder and all"
-- kind: match
-- severity: high
-- topics: [49]
-- mitre: [T1059.009, T1098.003]
-- why: The inline policy still names the bucket of the template. That is somebody who clicks fast in S3 Browser's user
--   dialog, as an extortion group does.
-- do: Remove the policy and the user. Look at who made them.
-- false_positives: None known.
-- references: [https://docs.datadoghq.com/security/default_rules/cloudtrail-aws-iam-activity-s3-browser/]
-- group_by: [account, principal, target]
SELECT coalesce(json_text(requestparameters, 'userName'), 'a user') AS target,
       json_text(requestparameters, 'policyName') AS policy
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname = 'PutUserPolicy'
  AND (lower(useragent) LIKE '%s3 browser%' OR lower(useragent) LIKE '%s3browser%')
  AND (requestparameters LIKE '%YOUR-BUCKET-NAME%' OR requestparameters LIKE '%<YOUR-%' OR requestparameters LIKE '%u003cYOUR-%')

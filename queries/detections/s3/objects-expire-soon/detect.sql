-- title: "{principal} lets all objects of the bucket {bucket} expire within {days} days"
-- kind: match
-- severity: medium
-- topics: [157]
-- mitre: [T1070, T1485, T1562.008]
-- why: A lifecycle rule deletes everything without a single call of deletion in the logs. On a bucket of logs it removes the
--   traces.
-- do: Take the rule away at once; it works once a day.
-- false_positives: Buckets of temporary files; cost cutting.
-- references:
--   - https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycle.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.defense-evasion.cloudtrail-lifecycle-rule/
-- group_by: [account, principal, bucket]
SELECT coalesce(json_text(requestparameters, 'bucketName'), 'of unknown name') AS bucket,
       coalesce(json_text(requestparameters, 'LifecycleConfiguration.Rule.Expiration.Days'), json_text(requestparameters, 'LifecycleConfiguration.Rule[0].Expiration.Days'), 'a few') AS days,
       CASE WHEN regexp_like(lower(json_text(requestparameters, 'bucketName')), 'trail|log|backup|audit') THEN 'high'
            WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('PutBucketLifecycle', 'PutBucketLifecycleConfiguration', 'PutLifecycleConfiguration')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND ((coalesce(json_text(requestparameters, 'LifecycleConfiguration.Rule.Status'), 'Enabled') = 'Enabled'
        AND regexp_like(json_text(requestparameters, 'LifecycleConfiguration.Rule.Expiration.Days'), '^[1-7]$'))
       OR (coalesce(json_text(requestparameters, 'LifecycleConfiguration.Rule.Status'), 'Enabled') = 'Enabled'
           AND TRY_CAST(substr(json_text(requestparameters, 'LifecycleConfiguration.Rule.Expiration.Date'), 1, 10) AS DATE) <= CAST(eventtime AS DATE) + INTERVAL '7 days')
       OR (regexp_like(json_text(requestparameters, 'LifecycleConfiguration.Rule'), '^\[')
           AND json_text(requestparameters, 'LifecycleConfiguration.Rule') LIKE '%"Status":"Enabled"%'
           AND regexp_like(json_text(requestparameters, 'LifecycleConfiguration.Rule'), '"Expiration":\{"Days":[1-7][,}]')))

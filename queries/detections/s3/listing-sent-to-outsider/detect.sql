-- title: "{principal} lets account {owner} know what is in the bucket {bucket}: {event}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1537, T1619]
-- why: Events, inventories and analyses name every object, and tell of each new one at once.
-- do: Take the target off; look who owns it.
-- false_positives: "A partner who works on new objects: name its account as trusted."
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html]
-- group_by: [account, principal, bucket]
SELECT coalesce(json_text(requestparameters, 'bucketName'), 'of unknown name') AS bucket,
       coalesce((regexp_match(requestparameters, 'arn:aws[a-z-]*:(?:sqs|sns|lambda|events):[^:"]*:([0-9]{12}):'))[1],
                (regexp_match(requestparameters, '"AccountId"\s*:\s*"?([0-9]{12})'))[1], 'of unknown number') AS owner
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('PutBucketNotification', 'PutBucketNotificationConfiguration', 'PutBucketInventoryConfiguration', 'PutBucketAnalyticsConfiguration')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND regexp_like(replace(requestparameters, coalesce(recipientaccountid, '-'), ''), 'arn:aws[a-z-]*:(sqs|sns|lambda|events):[^:"]*:[0-9]{12}:|"AccountId"\s*:\s*"?[0-9]{12}')
  AND trusted_account(coalesce((regexp_match(requestparameters, 'arn:aws[a-z-]*:(?:sqs|sns|lambda|events):[^:"]*:([0-9]{12}):'))[1],
                               (regexp_match(requestparameters, '"AccountId"\s*:\s*"?([0-9]{12})'))[1])) IS NOT TRUE

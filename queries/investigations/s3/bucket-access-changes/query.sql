-- title: Bucket policies, ACLs and public access that changed
-- description: Each call that changed who may reach a bucket. `public` says whether what was set names everybody.
-- params:
--   bucket: {type: text, default: "%", about: "Only this bucket (a pattern of LIKE)"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    principal,
    eventname,
    coalesce(json_text(requestparameters, 'bucketName'), json_text(requestparameters, 'accountId')) AS bucket,
    regexp_like(requestparameters, '"Principal"\s*:\s*("\*"|\{\s*"AWS"\s*:\s*\[?\s*"\*")|groups/global/(AllUsers|AuthenticatedUsers)|"(public-read|public-read-write|authenticated-read)"|"(BlockPublicAcls|BlockPublicPolicy|IgnorePublicAcls|RestrictPublicBuckets)"\s*:\s*"?false') AS public,
    coalesce(json_text(requestparameters, 'bucketPolicy'), json_text(requestparameters, 'AccessControlPolicy'), json_text(requestparameters, 'x-amz-acl'),
        json_text(requestparameters, 'acl'), json_text(requestparameters, 'PublicAccessBlockConfiguration')) AS what,
    errorcode,
    eventid
FROM cloudtrail
WHERE eventsource IN ('s3.amazonaws.com', 's3-control.amazonaws.com')
    AND regexp_like(eventname, '^(Put|Delete)(BucketPolicy|BucketAcl|BucketPublicAccessBlock|AccountPublicAccessBlock|AccessPointPolicy|BucketOwnershipControls|BucketWebsite|BucketReplication)$')
    AND coalesce(json_text(requestparameters, 'bucketName'), '') LIKE ${bucket}
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid

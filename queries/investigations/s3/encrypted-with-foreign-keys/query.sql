-- title: Objects that were encrypted with keys of others
-- description: Objects written with a key that the writer brought along (SSE-C) or with a KMS key of another account. That is how buckets are held to
--   ransom.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    principal,
    sourceipaddress AS address,
    bucket,
    coalesce(kms_key, 'brought along (SSE-C)') AS encrypted_with,
    count(*) AS objects,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM (
    SELECT
        principal, sourceipaddress, eventtime, recipientaccountid,
        json_text(requestparameters, 'bucketName') AS bucket,
        json_text(requestparameters, 'x-amz-server-side-encryption-aws-kms-key-id') AS kms_key,
        json_text(requestparameters, 'x-amz-server-side-encryption-customer-algorithm') AS customer,
        json_text(additionaleventdata, 'SSEApplied') AS applied
    FROM cloudtrail
    WHERE eventsource = 's3.amazonaws.com' AND eventname IN ('PutObject', 'CopyObject', 'CreateMultipartUpload') AND errorcode IS NULL
        AND eventtime >= ${from} AND eventtime < ${to}
)
WHERE customer IS NOT NULL OR applied = 'SSE_C' OR arn_part(kms_key, 'account') <> recipientaccountid
GROUP BY 1, 2, 3, 4
ORDER BY objects DESC, principal, bucket

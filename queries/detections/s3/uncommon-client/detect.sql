-- title: "{principal} used S3 with a file browser or copier"
-- kind: match
-- severity: low
-- topics: [273]
-- mitre: [T1530, T1567.002]
-- why: Programs made for copying whole buckets to somewhere else are a thief's tools as well as an administrator's.
-- do: Ask the owner; see from which address.
-- false_positives: People who work with such a program.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html]
-- group_by: [account, principal]
SELECT json_text(requestparameters, 'bucketName') AS bucket
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('GetObject', 'PutObject', 'ListObjects', 'ListObjectsV2', 'ListBuckets', 'CopyObject')
  AND errorcode IS NULL
  AND caller IN ('human', 'unknown')
  AND regexp_like(useragent, '(?i)s3 ?browser|cyberduck|mountain ?duck|rclone|cloudberry|msp360|winscp|filezilla|crossftp|expandrive|s5cmd|s3cmd|minio client|transmit/|goodsync|syncback|megasync')

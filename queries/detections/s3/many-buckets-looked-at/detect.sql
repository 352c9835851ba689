-- title: "{principal} looked at the settings of {buckets} buckets within minutes"
-- kind: window
-- severity: medium
-- topics: [271]
-- mitre: [T1619, T1580, T1526]
-- why: ACLs, policies and public access of bucket after bucket is looking for one that is open or can be opened.
-- do: Ask the owner whether it is a scanner; if not, look at what followed.
-- false_positives: Security scanners and inventories; give the scanner its own role and disable this for it.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html]
-- window: 5m
-- threshold: {buckets: 15}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT json_text(requestparameters, 'bucketName')) AS buckets,
       count(*) FILTER (WHERE denied) AS denials,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids,
       CASE WHEN bool_or(denied) THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('GetBucketAcl', 'GetBucketPolicy', 'GetBucketPolicyStatus', 'GetBucketPublicAccessBlock',
                    'GetBucketVersioning', 'GetBucketEncryption', 'GetBucketLogging', 'GetBucketReplication')
  AND caller NOT IN ('aws_service', 'iac')
  AND sessioncredentialfromconsole IS NULL
  AND (useragent IS NULL OR (useragent NOT LIKE '%Console%' AND useragent NOT LIKE '%console%' AND useragent NOT LIKE '%aws-internal/%'))
GROUP BY principal, recipientaccountid, _window
HAVING count(DISTINCT json_text(requestparameters, 'bucketName')) >= $buckets

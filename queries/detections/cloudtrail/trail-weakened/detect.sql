-- title: "{principal} changed the trail {trail}: {change}"
-- kind: match
-- severity: high
-- topics: [150, 154, 155, 156]
-- mitre: [T1562.008]
-- cis: ["4.5"]
-- why: A trail that covers less, writes elsewhere or no longer proves its files hides what comes next.
-- do: Compare the trail with what it should be and put it back.
-- false_positives: Moves to a new bucket or key.
-- references: [https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html]
-- group_by: [account, principal, trail]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'trailName')) AS trail,
       concat_ws(', ', CASE WHEN json_text(requestparameters, 'isMultiRegionTrail') = 'false' THEN 'only one region' END,
                       CASE WHEN json_text(requestparameters, 'includeGlobalServiceEvents') = 'false' THEN 'no global events' END,
                       CASE WHEN json_text(requestparameters, 'enableLogFileValidation') = 'false' THEN 'no validation' END,
                       CASE WHEN json_text(requestparameters, 's3BucketName') IS NOT NULL THEN concat('bucket ', json_text(requestparameters, 's3BucketName')) END,
                       CASE WHEN coalesce(json_text(requestparameters, 'kmsKeyId'), json_text(requestparameters, 'kMSKeyId')) IS NOT NULL THEN 'another key' END) AS change,
       CASE WHEN requestparameters LIKE '%false%' THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'cloudtrail.amazonaws.com'
  AND eventname = 'UpdateTrail'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (json_text(requestparameters, 'isMultiRegionTrail') = 'false'
       OR json_text(requestparameters, 'includeGlobalServiceEvents') = 'false'
       OR json_text(requestparameters, 'enableLogFileValidation') = 'false'
       OR json_text(requestparameters, 's3BucketName') IS NOT NULL
       OR coalesce(json_text(requestparameters, 'kmsKeyId'), json_text(requestparameters, 'kMSKeyId')) IS NOT NULL)

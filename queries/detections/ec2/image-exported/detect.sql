-- title: "{principal} exported a machine or an image: {event}"
-- kind: match
-- severity: medium
-- topics: [250]
-- mitre: [T1537, T1005]
-- why: The export puts all that is on the machine into a bucket, as a file that can be taken anywhere.
-- do: Look at the bucket and who reads it; ask the owner.
-- false_positives: Moves to another cloud or data centre.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateInstanceExportTask.html]
SELECT coalesce(json_text(requestparameters, 'instanceId'), json_text(requestparameters, 'imageId'), json_text(requestparameters, 'ExportImageRequest.ImageId'),
                json_text(requestparameters, 'CreateStoreImageTaskRequest.ImageId')) AS source,
       coalesce(json_text(requestparameters, 'exportToS3Task.s3Bucket'), json_text(requestparameters, 'exportToS3.s3Bucket'), json_text(requestparameters, 'ExportImageRequest.S3ExportLocation.S3Bucket'),
                json_text(requestparameters, 'CreateStoreImageTaskRequest.Bucket')) AS bucket,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('CreateInstanceExportTask', 'ExportImage', 'CreateStoreImageTask')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

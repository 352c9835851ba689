-- title: "{principal} wrote objects to the bucket {bucket} of account {owner}"
-- kind: match
-- severity: low
-- topics: [279]
-- mitre: [T1537, T1567.002]
-- why: A copy to a bucket of another account leaves yours in one call, within AWS, where no network sees it.
-- do: Ask who owns the account.
-- false_positives: Partners and vendors who take data in; name their accounts in the settings.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html]
-- group_by: [account, principal, bucket]
SELECT coalesce(json_text(requestparameters, 'bucketName'), 'of unknown name') AS bucket,
       CASE WHEN resources[1]['type'] = 'AWS::S3::Bucket' AND resources[1]['arn'] LIKE concat('%:::', json_text(requestparameters, 'bucketName')) THEN resources[1]['accountid']
            WHEN resources[2]['type'] = 'AWS::S3::Bucket' AND resources[2]['arn'] LIKE concat('%:::', json_text(requestparameters, 'bucketName')) THEN resources[2]['accountid']
            WHEN resources[3]['type'] = 'AWS::S3::Bucket' AND resources[3]['arn'] LIKE concat('%:::', json_text(requestparameters, 'bucketName')) THEN resources[3]['accountid']
            WHEN resources[4]['type'] = 'AWS::S3::Bucket' AND resources[4]['arn'] LIKE concat('%:::', json_text(requestparameters, 'bucketName')) THEN resources[4]['accountid']
            WHEN resources[1]['type'] = 'AWS::S3::Bucket' AND resources[1]['accountid'] <> coalesce(useridentity.accountid, recipientaccountid) THEN resources[1]['accountid']
            WHEN resources[2]['type'] = 'AWS::S3::Bucket' AND resources[2]['accountid'] <> coalesce(useridentity.accountid, recipientaccountid) THEN resources[2]['accountid']
            WHEN resources[3]['type'] = 'AWS::S3::Bucket' AND resources[3]['accountid'] <> coalesce(useridentity.accountid, recipientaccountid) THEN resources[3]['accountid']
            WHEN resources[4]['type'] = 'AWS::S3::Bucket' AND resources[4]['accountid'] <> coalesce(useridentity.accountid, recipientaccountid) THEN resources[4]['accountid'] END AS owner,
       json_text(requestparameters, 'x-amz-copy-source') AS source,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' WHEN eventname = 'CopyObject' THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('CopyObject', 'PutObject', 'UploadPartCopy')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname <> 'PutObject' OR caller <> 'workload')
  AND CASE WHEN resources[1]['type'] = 'AWS::S3::Bucket' AND resources[1]['arn'] LIKE concat('%:::', json_text(requestparameters, 'bucketName')) THEN resources[1]['accountid']
           WHEN resources[2]['type'] = 'AWS::S3::Bucket' AND resources[2]['arn'] LIKE concat('%:::', json_text(requestparameters, 'bucketName')) THEN resources[2]['accountid']
           WHEN resources[3]['type'] = 'AWS::S3::Bucket' AND resources[3]['arn'] LIKE concat('%:::', json_text(requestparameters, 'bucketName')) THEN resources[3]['accountid']
           WHEN resources[4]['type'] = 'AWS::S3::Bucket' AND resources[4]['arn'] LIKE concat('%:::', json_text(requestparameters, 'bucketName')) THEN resources[4]['accountid']
           WHEN resources[1]['type'] = 'AWS::S3::Bucket' AND resources[1]['accountid'] <> coalesce(useridentity.accountid, recipientaccountid) THEN resources[1]['accountid']
           WHEN resources[2]['type'] = 'AWS::S3::Bucket' AND resources[2]['accountid'] <> coalesce(useridentity.accountid, recipientaccountid) THEN resources[2]['accountid']
           WHEN resources[3]['type'] = 'AWS::S3::Bucket' AND resources[3]['accountid'] <> coalesce(useridentity.accountid, recipientaccountid) THEN resources[3]['accountid']
           WHEN resources[4]['type'] = 'AWS::S3::Bucket' AND resources[4]['accountid'] <> coalesce(useridentity.accountid, recipientaccountid) THEN resources[4]['accountid'] END
      <> coalesce(useridentity.accountid, recipientaccountid)
  AND trusted_account(CASE WHEN resources[1]['type'] = 'AWS::S3::Bucket' AND resources[1]['arn'] LIKE concat('%:::', json_text(requestparameters, 'bucketName')) THEN resources[1]['accountid']
                           WHEN resources[2]['type'] = 'AWS::S3::Bucket' AND resources[2]['arn'] LIKE concat('%:::', json_text(requestparameters, 'bucketName')) THEN resources[2]['accountid']
                           WHEN resources[3]['type'] = 'AWS::S3::Bucket' AND resources[3]['arn'] LIKE concat('%:::', json_text(requestparameters, 'bucketName')) THEN resources[3]['accountid']
                           WHEN resources[4]['type'] = 'AWS::S3::Bucket' AND resources[4]['arn'] LIKE concat('%:::', json_text(requestparameters, 'bucketName')) THEN resources[4]['accountid']
                           WHEN resources[1]['type'] = 'AWS::S3::Bucket' AND resources[1]['accountid'] <> coalesce(useridentity.accountid, recipientaccountid) THEN resources[1]['accountid']
                           WHEN resources[2]['type'] = 'AWS::S3::Bucket' AND resources[2]['accountid'] <> coalesce(useridentity.accountid, recipientaccountid) THEN resources[2]['accountid']
                           WHEN resources[3]['type'] = 'AWS::S3::Bucket' AND resources[3]['accountid'] <> coalesce(useridentity.accountid, recipientaccountid) THEN resources[3]['accountid']
                           WHEN resources[4]['type'] = 'AWS::S3::Bucket' AND resources[4]['accountid'] <> coalesce(useridentity.accountid, recipientaccountid) THEN resources[4]['accountid'] END) IS NOT TRUE

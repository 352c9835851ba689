-- title: "{principal} turned off or changed the default encryption of volumes in {where}"
-- kind: match
-- severity: medium
-- topics: [161, 233]
-- mitre: [T1562.001, T1565]
-- why: New volumes and snapshots of the region are no longer encrypted, so that a shared snapshot can be read by
--   anybody; or they are encrypted with another key, perhaps of somebody else.
-- do: Turn it on again; look at volumes and snapshots made since.
-- false_positives: Hardly any.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyEbsDefaultKmsKeyId.html]
SELECT coalesce(awsregion, 'a region') AS where,
       json_text(requestparameters, 'ModifyEbsDefaultKmsKeyIdRequest.KmsKeyId') AS key,
       CASE WHEN eventname = 'ModifyEbsDefaultKmsKeyId' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('DisableEbsEncryptionByDefault', 'ModifyEbsDefaultKmsKeyId')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

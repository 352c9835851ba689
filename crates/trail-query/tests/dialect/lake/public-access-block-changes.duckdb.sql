-- ordered
SELECT eventtime, (requestparameters->>'bucketName') AS bucketname,
       (requestparameters->>'$.PublicAccessBlockConfiguration.BlockPublicPolicy') AS blockpublicpolicy,
       (requestparameters->>'PublicAccessBlockConfiguration') AS configuration
FROM t WHERE eventname = 'PutBucketPublicAccessBlock' ORDER BY bucketname, eventtime DESC

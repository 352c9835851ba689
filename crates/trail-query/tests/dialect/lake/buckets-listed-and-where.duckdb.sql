-- ordered
SELECT DISTINCT (requestparameters->>'bucketName') AS bucket, awsregion AS region, recipientaccountid AS accountid
FROM t WHERE (requestparameters->>'list-type') = '2' ORDER BY accountid, region, bucket

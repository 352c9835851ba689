-- ordered
SELECT r.res.arn AS arn, r.res.accountid AS accountid, count(*) AS touched FROM (SELECT unnest(resources) AS res FROM t) r
WHERE r.res.type = 'AWS::S3::Bucket' GROUP BY 1, 2 ORDER BY touched DESC, 1, 2

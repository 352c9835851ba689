SELECT eventname, res.arn, res.type
FROM cloudtrail_logs, UNNEST(resources) AS t(res)
WHERE eventname IN ('RotateKey', 'Invoke') AND day = '02'

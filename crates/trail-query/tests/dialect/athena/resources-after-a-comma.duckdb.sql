SELECT eventname, res.arn AS arn, res.type AS type FROM (SELECT eventname, unnest(resources) AS res FROM t WHERE eventname IN ('RotateKey', 'Invoke') AND "day" = '02')

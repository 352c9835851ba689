-- ordered
SELECT resources[1].arn AS keyarn, resources[1].type AS keytype, eventname, count(*) AS uses
FROM t WHERE eventsource = 'kms.amazonaws.com' AND len(resources) > 0
GROUP BY 1, 2, 3 ORDER BY uses DESC, keyarn, eventname

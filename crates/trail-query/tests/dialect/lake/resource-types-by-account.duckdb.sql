SELECT r.accountid AS resourceaccount, r.type AS resourcetype, count(*) AS n
FROM (SELECT unnest(resources) AS r FROM t) WHERE r.arn IS NOT NULL GROUP BY 1, 2

-- ordered
SELECT useridentity.arn AS principal, count(*) AS calls FROM t
WHERE useridentity.arn IS NOT NULL AND eventtime > TIMESTAMP '2024-02-28 00:00:00'
GROUP BY 1 ORDER BY calls DESC, principal LIMIT 8

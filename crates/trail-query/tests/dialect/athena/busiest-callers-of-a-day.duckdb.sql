-- ordered
SELECT useridentity.arn AS arn, count(*) AS number_of_calls FROM t
WHERE timetext >= '2024-02-29' AND timetext < '2024-03-01' AND arn IS NOT NULL GROUP BY 1 ORDER BY number_of_calls DESC, arn LIMIT 5

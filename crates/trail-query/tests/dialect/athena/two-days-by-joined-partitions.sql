SELECT year || '-' || month || '-' || day AS on_day, count(*) AS n
FROM cloudtrail_logs
WHERE concat(year, month, day) BETWEEN '20240229' AND '20240301'
GROUP BY year, month, day
ORDER BY 1

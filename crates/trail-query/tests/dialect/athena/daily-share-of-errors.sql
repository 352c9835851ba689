WITH daily AS (
    SELECT "timestamp" AS d, count(*) AS n, count_if(errorcode IS NOT NULL) AS failed
    FROM cloudtrail_logs
    GROUP BY "timestamp"
),
shares AS (
    SELECT d, n, failed, round(CAST(failed AS double) / n * 100, 2) AS percent FROM daily
)
SELECT d, n, failed, percent, round(percent - avg(percent) OVER (), 3) AS against_mean
FROM shares
ORDER BY percent DESC, d

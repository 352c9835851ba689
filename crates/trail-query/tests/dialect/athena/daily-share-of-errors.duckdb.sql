-- ordered
WITH shares AS (SELECT "timestamp" AS d, count(*) AS n, count_if(errorcode IS NOT NULL)::BIGINT AS failed,
    round(count_if(errorcode IS NOT NULL)::DOUBLE / count(*) * 100, 2) AS percent FROM t GROUP BY 1)
SELECT d, n, failed, percent, round(percent - avg(percent) OVER (), 3) AS against_mean FROM shares ORDER BY percent DESC, d

-- ordered
SELECT username, map(list(d ORDER BY d), list(calls ORDER BY d)) AS callsbyday FROM (
    SELECT useridentity.username AS username, strftime(eventtime, '%d') AS d, count(*) AS calls FROM t
    WHERE useridentity.type = 'IAMUser' AND eventcategory = 'Management' GROUP BY 1, 2) WHERE username IN ('alice', 'eve') GROUP BY 1 ORDER BY 1

-- ordered
SELECT eventtime::DATE AS eventdate, eventcategory, count(*) AS n FROM t WHERE eventtime::DATE >= DATE '2024-03-02'
GROUP BY 1, 2 ORDER BY eventdate DESC, n DESC, eventcategory

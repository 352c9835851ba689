-- ordered
SELECT recipientaccountid, count(DISTINCT useridentity.username) AS users FROM t
WHERE useridentity.type = 'IAMUser' GROUP BY 1 ORDER BY 1

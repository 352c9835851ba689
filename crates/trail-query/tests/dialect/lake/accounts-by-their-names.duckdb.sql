-- ordered
SELECT a.name, count(e.eventid) AS writes
FROM (VALUES ('111122223333', 'prod'), ('444455556666', 'dev'), ('777788889999', 'security'), ('000000000000', 'empty')) AS a(id, name)
LEFT JOIN t e ON e.recipientaccountid = a.id AND NOT e.readonly GROUP BY 1 ORDER BY writes DESC

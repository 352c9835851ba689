SELECT a.name, COUNT(e.eventID) AS writes
FROM (VALUES ('111122223333', 'prod'), ('444455556666', 'dev'), ('777788889999', 'security'), ('000000000000', 'empty')) AS a (id, name)
LEFT JOIN 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607 e ON e.recipientAccountId = a.id AND e.readOnly = false
GROUP BY a.name
ORDER BY writes DESC

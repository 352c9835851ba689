SELECT recipientAccountId, COUNT(DISTINCT userIdentity.userName) AS users
FROM "e0a1b2c3-d4e5-4f60-8a1b-2c3d4e5f6071"
WHERE userIdentity.type = 'IAMUser'
GROUP BY recipientAccountId
ORDER BY recipientAccountId;

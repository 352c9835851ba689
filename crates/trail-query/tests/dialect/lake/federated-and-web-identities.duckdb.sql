-- ordered
SELECT useridentity.type AS type, useridentity.identityprovider AS identityprovider, useridentity.username AS username,
       string_split((requestparameters->>'roleArn'), 'role/')[2] AS role, count(*) AS n
FROM t WHERE useridentity.type IN ('WebIdentityUser', 'SAMLUser', 'FederatedUser') GROUP BY 1, 2, 3, 4 ORDER BY type DESC, n

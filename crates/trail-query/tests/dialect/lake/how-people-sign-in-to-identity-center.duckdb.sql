-- ordered
SELECT useridentity.onbehalfof.userid AS directoryuser, (serviceeventdetails->>'CredentialType') AS credential, sum((serviceeventdetails->>'attempts')::INT) AS attempts
FROM t WHERE useridentity.type = 'IdentityCenterUser' GROUP BY 1, 2 ORDER BY credential

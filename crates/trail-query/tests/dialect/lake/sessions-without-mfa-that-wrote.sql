SELECT userIdentity.sessionContext.sessionIssuer.arn AS role,
       LISTAGG(DISTINCT eventName, ', ') WITHIN GROUP (ORDER BY eventName) AS writes
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE userIdentity.sessionContext.attributes.mfaAuthenticated = 'false'
  AND readOnly = false
  AND userIdentity.sessionContext.sessionIssuer.type = 'Role'
GROUP BY userIdentity.sessionContext.sessionIssuer.arn
ORDER BY role

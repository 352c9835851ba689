-- ordered
SELECT useridentity.sessioncontext.sessionissuer.arn AS role, string_agg(DISTINCT eventname, ', ' ORDER BY eventname) AS writes FROM t
WHERE useridentity.sessioncontext.attributes.mfaauthenticated = 'false' AND NOT readonly AND useridentity.sessioncontext.sessionissuer.type = 'Role'
GROUP BY 1 ORDER BY role

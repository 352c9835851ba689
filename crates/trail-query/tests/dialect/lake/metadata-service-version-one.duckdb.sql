-- ordered
SELECT useridentity.sessioncontext.sessionissuer.username AS role, useridentity.sessioncontext.ec2roledelivery AS ec2roledelivery,
       split_part(useridentity.principalid, ':', 2) AS instanceid, count(*) AS calls, bool_or(errorcode IS NOT NULL) AS anyfailed
FROM t WHERE useridentity.sessioncontext.ec2roledelivery IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 2

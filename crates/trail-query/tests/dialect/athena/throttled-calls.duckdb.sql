-- ordered
SELECT eventname, awsregion, count(*) AS n, min(errormessage) AS said FROM t
WHERE errorcode IN ('ThrottlingException', 'ResourceNotFoundException') GROUP BY eventname, awsregion, errorcode ORDER BY n DESC, awsregion, said

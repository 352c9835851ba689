-- ordered
SELECT DISTINCT d.useridentity.arn AS principal, d.eventname FROM t d
WHERE d.errorcode IN ('AccessDenied', 'AccessDeniedException') AND EXISTS (SELECT 1 FROM t s
    WHERE s.useridentity.arn = d.useridentity.arn AND s.eventname = d.eventname AND s.errorcode IS NULL AND s.eventtime > d.eventtime)
ORDER BY principal, eventname

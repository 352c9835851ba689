-- ordered
SELECT eventtime, sourceipaddress, (responseelements->>'$.ConsoleLogin') AS outcome, (additionaleventdata->>'$.MFAUsed') AS mfa
FROM t WHERE eventname = 'ConsoleLogin' AND useridentity.type = 'Root' ORDER BY eventtime

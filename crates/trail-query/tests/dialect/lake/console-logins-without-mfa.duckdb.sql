-- ordered
SELECT eventtime, useridentity.arn AS arn, sourceipaddress, awsregion FROM t
WHERE eventname = 'ConsoleLogin' AND (responseelements->>'ConsoleLogin') = 'Success' AND (additionaleventdata->>'MFAUsed') = 'No'
ORDER BY eventtime

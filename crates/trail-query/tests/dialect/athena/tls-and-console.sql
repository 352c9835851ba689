SELECT tlsdetails.tlsversion, sessioncredentialfromconsole = 'true' AS from_console, count(*) AS n
FROM cloudtrail_logs
WHERE tlsdetails.clientprovidedhostheader LIKE 'ec2.%' AND eventname LIKE 'Describe%'
GROUP BY tlsdetails.tlsversion, sessioncredentialfromconsole = 'true'
ORDER BY tlsversion, from_console NULLS FIRST

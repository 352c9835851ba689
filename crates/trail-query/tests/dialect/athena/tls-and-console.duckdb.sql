-- ordered
SELECT tlsdetails.tlsversion AS tlsversion, sessioncredentialfromconsole = 'true' AS from_console, count(*) AS n
FROM t WHERE tlsdetails.clientprovidedhostheader LIKE 'ec2.%' AND eventname LIKE 'Describe%' GROUP BY 1, 2 ORDER BY tlsversion, from_console NULLS FIRST

-- ordered
SELECT useridentity.accountid AS caller, recipientaccountid AS owner, eventname, count(*) AS calls FROM t
WHERE useridentity.accountid IS DISTINCT FROM recipientaccountid AND useridentity.type = 'AWSAccount'
GROUP BY 1, 2, 3 ORDER BY calls DESC, caller, owner, eventname

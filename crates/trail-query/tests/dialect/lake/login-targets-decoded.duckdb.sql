-- ordered
SELECT url_decode((additionaleventdata->>'LoginTo')) AS login_to, useridentity.username AS username, eventtime
FROM t WHERE eventname = 'ConsoleLogin' AND (additionaleventdata->>'MobileVersion') = 'Yes' ORDER BY eventtime

-- ordered
SELECT useridentity.username AS username, count(*) FILTER ((responseelements->>'ConsoleLogin') = 'Success') AS good,
       count(*) FILTER ((responseelements->>'ConsoleLogin') = 'Failure') AS bad,
       max(CASE WHEN (additionaleventdata->>'MFAUsed') = 'Yes' THEN eventtime END) AS last_with_mfa
FROM t WHERE eventsource = 'signin.amazonaws.com' AND useridentity.username IS NOT NULL GROUP BY 1 ORDER BY last_with_mfa DESC NULLS LAST, username

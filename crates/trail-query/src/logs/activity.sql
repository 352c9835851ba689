SELECT
    CAST(eventtime AS DATE) AS day,
    recipientaccountid AS account,
    principal,
    caller,
    CASE WHEN useridentity.accesskeyid LIKE 'AKIA%' THEN useridentity.accesskeyid END AS accesskeyid,
    eventsource,
    eventname,
    awsregion AS region,
    network,
    agent,
    CASE WHEN denied THEN 'denied' WHEN errorcode IS NOT NULL THEN 'error' ELSE 'ok' END AS outcome,
    count(*) AS count,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM cloudtrail
WHERE /* events */ true
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11

-- title: Access keys
-- order: 6
-- note: Long-lived access keys (AKIA...) that these logs know of by the end of the period, the oldest first. A key is never called unused
--   on the word of logs alone; where IAM was asked, its own word on the last use stands beside that of the logs.
-- hide: [first_use, denied, services, networks]
-- empty: No long-lived access key appears in these logs.
WITH
made AS (
    SELECT
        json_extract_scalar(responseelements, '$.accessKey.accessKeyId') AS access_key,
        max(json_extract_scalar(responseelements, '$.accessKey.userName')) AS user_name,
        max(recipientaccountid) AS account,
        min(eventtime) AS created
    FROM key_events
    WHERE eventname = 'CreateAccessKey' AND errorcode IS NULL
    GROUP BY 1
),
ended AS (
    SELECT access_key, last_value(status ORDER BY eventtime) AS status
    FROM (
        SELECT
            json_extract_scalar(requestparameters, '$.accessKeyId') AS access_key,
            CASE WHEN eventname = 'DeleteAccessKey' THEN 'deleted'
                ELSE lower(json_extract_scalar(requestparameters, '$.status')) END AS status,
            eventtime
        FROM key_events
        WHERE eventname IN ('DeleteAccessKey', 'UpdateAccessKey') AND errorcode IS NULL
    )
    GROUP BY access_key
),
used AS (
    SELECT
        accesskeyid AS access_key,
        max(principal) AS principal,
        max(account) AS account,
        sum(count) AS uses,
        coalesce(sum(count) FILTER (WHERE outcome = 'denied'), 0) AS denied,
        count(DISTINCT eventsource) AS services,
        array_sort(array_agg(DISTINCT network) FILTER (WHERE network IS NOT NULL)) AS networks,
        min(first) AS first_use,
        max(last) AS last_use
    FROM history
    WHERE accesskeyid IS NOT NULL
    GROUP BY accesskeyid
),
known AS (
    SELECT access_key FROM used
    UNION SELECT access_key FROM made
    UNION SELECT access_key FROM iam_access_keys
)
SELECT
    k.access_key,
    coalesce(i.user_name, m.user_name, u.principal) AS owner,
    coalesce(i.account, m.account, u.account) AS account,
    coalesce(i.status, e.status, CASE WHEN m.created IS NOT NULL THEN 'active' ELSE 'not known' END) AS status,
    CASE
        WHEN u.last_use >= p.since THEN 'used in this period'
        WHEN i.last_use >= p.since THEN 'used in this period by IAM''s word, not in these logs'
        WHEN u.last_use IS NOT NULL THEN 'no use seen in these logs since ' || to_char(u.last_use, '%Y-%m-%d')
        ELSE 'no use seen in these logs since ' || to_char(greatest(p.logs_since, coalesce(i.created, m.created, p.logs_since)), '%Y-%m-%d')
    END AS remark,
    coalesce(i.created, m.created) AS created,
    date_part('day', p.until - coalesce(i.created, m.created))::bigint AS age_days,
    u.first_use,
    u.last_use,
    i.last_use AS iam_last_use,
    date_part('day', p.until - coalesce(greatest(u.last_use, i.last_use), u.last_use, i.last_use))::bigint AS idle_days,
    u.uses,
    u.denied,
    u.services,
    u.networks
FROM known k
LEFT JOIN used u ON k.access_key = u.access_key
LEFT JOIN made m ON k.access_key = m.access_key
LEFT JOIN ended e ON k.access_key = e.access_key
LEFT JOIN iam_access_keys i ON k.access_key = i.access_key
CROSS JOIN period p
WHERE k.access_key IS NOT NULL
ORDER BY created NULLS FIRST, k.access_key

-- title: Access keys that were created
-- description: Each access key that was created, by whom and for whom, with its first use and its last as far as these logs go. A key without a
--   use may still have been used where nothing is logged.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
WITH uses AS (
    SELECT accesskeyid, min(first) AS first_use, max(last) AS last_use, sum(count) AS calls
    FROM activity
    WHERE accesskeyid IS NOT NULL AND last >= ${from}
    GROUP BY accesskeyid
),
created AS (
    SELECT
        eventtime AS created,
        recipientaccountid AS account,
        json_text(responseelements, 'accessKey.accessKeyId') AS access_key,
        json_text(responseelements, 'accessKey.userName') AS owner,
        principal AS creator,
        sourceipaddress AS address
    FROM cloudtrail
    WHERE eventsource = 'iam.amazonaws.com' AND eventname = 'CreateAccessKey' AND errorcode IS NULL
        AND eventtime >= ${from} AND eventtime < ${to}
)
SELECT created, account, access_key, owner, creator, address, first_use, last_use, coalesce(calls, 0) AS calls
FROM created LEFT JOIN uses ON uses.accesskeyid = created.access_key
ORDER BY created, access_key

-- title: Long-lived keys without a use since
-- description: Access keys that were used, and last before a time. They are the ones to switch off. Keys that were never used in these logs are not
--   here, since logs do not know of them.
-- params:
--   since: {type: timestamp, about: A key that was used at or after this time is left out}
SELECT
    accesskeyid AS access_key,
    account,
    principal,
    min(first) AS first_use,
    max(last) AS last_use,
    sum(count) AS calls,
    count(DISTINCT eventsource) AS services
FROM activity
WHERE accesskeyid IS NOT NULL
GROUP BY accesskeyid, account, principal
HAVING max(last) < ${since}
ORDER BY last_use, access_key

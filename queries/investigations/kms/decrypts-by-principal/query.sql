-- title: Who decrypted with which key
-- description: One row for each principal, key and service through which it was asked to decrypt.
-- params:
--   key: {type: text, default: "%", about: "The key's ARN (a pattern of LIKE)"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    principal,
    resources[1].arn AS key,
    useridentity.invokedby AS via,
    count(*) AS decrypts,
    count(*) FILTER (WHERE errorcode IS NOT NULL) AS failed,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM cloudtrail
WHERE eventsource = 'kms.amazonaws.com' AND eventname IN ('Decrypt', 'ReEncrypt', 'GenerateDataKey') AND coalesce(resources[1].arn, '') LIKE ${key}
    AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2, 3
ORDER BY decrypts DESC, principal, key

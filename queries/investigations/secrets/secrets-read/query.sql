-- title: Secrets that were read
-- description: One row for each principal, address and secret of Secrets Manager that was read, or asked for and refused.
-- params:
--   secret: {type: text, default: "%", about: "The secret's name or ARN (a pattern of LIKE)"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    principal,
    sourceipaddress AS address,
    coalesce(json_text(requestparameters, 'secretId'), json_text(requestparameters, 'secretIdList')) AS secret,
    count(*) FILTER (WHERE errorcode IS NULL) AS reads,
    count(*) FILTER (WHERE denied) AS denied,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM cloudtrail
WHERE eventsource = 'secretsmanager.amazonaws.com' AND eventname IN ('GetSecretValue', 'BatchGetSecretValue')
    AND coalesce(json_text(requestparameters, 'secretId'), json_text(requestparameters, 'secretIdList'), '') LIKE ${secret}
    AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2, 3
ORDER BY first, principal, secret

-- title: Parameters that were read decrypted
-- description: One row for each principal and parameter of Systems Manager that was read with its secret in plain text.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    principal,
    eventname,
    coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'names'), json_text(requestparameters, 'path')) AS parameter,
    count(*) AS reads,
    count(*) FILTER (WHERE denied) AS denied,
    array_sort(array_agg(DISTINCT sourceipaddress)) AS addresses,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM cloudtrail
WHERE eventsource = 'ssm.amazonaws.com' AND eventname IN ('GetParameter', 'GetParameters', 'GetParametersByPath', 'GetParameterHistory')
    AND json_text(requestparameters, 'withDecryption') = 'true' AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2, 3
ORDER BY first, principal, parameter

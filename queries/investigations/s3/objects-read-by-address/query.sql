-- title: Objects that an address read
-- description: Each object that an address or a network read or tried to read, with how often.
-- params:
--   address: {type: address, about: An IP address or a network}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    json_text(requestparameters, 'bucketName') AS bucket,
    json_text(requestparameters, 'key') AS key,
    principal,
    count(*) AS reads,
    count(*) FILTER (WHERE errorcode IS NULL) AS succeeded,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com' AND eventname IN ('GetObject', 'HeadObject', 'SelectObjectContent')
    AND ip_in(sourceipaddress, ${address}) AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY 1, 2, 3
ORDER BY first, bucket, key, principal

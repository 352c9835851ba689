-- title: Who touched an object
-- description: Every data event of an object, in order. Deletions of many objects at once name none of them in CloudTrail, and are listed with the bucket.
-- params:
--   bucket: {type: text, about: The bucket}
--   key: {type: text, about: The object's key}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    principal,
    eventname,
    sourceipaddress AS address,
    json_text(additionaleventdata, 'bytesTransferredOut') AS bytes_out,
    json_text(additionaleventdata, 'bytesTransferredIn') AS bytes_in,
    errorcode,
    eventid
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com' AND json_text(requestparameters, 'bucketName') = ${bucket}
    AND (json_text(requestparameters, 'key') = ${key} OR eventname = 'DeleteObjects')
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid

SELECT json_extract_scalar(requestparameters, '$.roleSessionName') AS session,
       to_unixtime(date_parse(json_extract_scalar(responseelements, '$.credentials.expiration'), '%b %e, %Y, %r'))
         - to_unixtime(from_iso8601_timestamp(eventtime)) AS seconds
FROM cloudtrail_logs
WHERE eventname = 'AssumeRole' AND useridentity.username = 'dave' AND responseelements IS NOT NULL
ORDER BY session

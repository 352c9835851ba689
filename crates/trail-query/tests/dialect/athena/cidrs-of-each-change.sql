SELECT eventtime,
       array_distinct(flatten(transform(
           CAST(json_extract(requestparameters, '$.ipPermissions.items') AS ARRAY(JSON)),
           p -> transform(CAST(json_extract(p, '$.ipRanges.items') AS ARRAY(JSON)), r -> json_extract_scalar(r, '$.cidrIp'))))) AS cidrs
FROM cloudtrail_logs
WHERE eventsource = 'ec2.amazonaws.com' AND eventname LIKE '%SecurityGroupIngress'
ORDER BY eventtime

-- ordered
SELECT a.useridentity.arn AS caller, u.eventname, date_sub('minute', a.eventtime, u.eventtime) AS minutes_later
FROM t a JOIN t u ON (a.responseelements->>'$.credentials.accessKeyId') = u.useridentity.accesskeyid AND u.eventtime > a.eventtime
WHERE a.eventname = 'AssumeRole' AND a.useridentity.type = 'IAMUser' AND u.useridentity.type = 'AssumedRole' AND u.eventname = 'DescribeDBInstances'
ORDER BY minutes_later, caller, a.eventtime

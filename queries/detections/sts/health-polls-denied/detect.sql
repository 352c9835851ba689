-- title: "{principal} was denied {event}, as programs that poll are"
-- kind: match
-- severity: info
-- topics: []
-- why: "Part of CIS 4.1, apart from the rest: consoles and scanners ask these again and again, and a refusal means
--   nothing."
-- do: Nothing.
-- false_positives: Each console of a user with few rights.
-- references: [https://www.cisecurity.org/benchmark/amazon_web_services]
-- group_by: [account, principal]
SELECT errormessage AS message
FROM cloudtrail
WHERE eventsource IN ('health.amazonaws.com', 'kms.amazonaws.com', 'ssm.amazonaws.com')
  AND denied
  AND eventname IN ('DescribeEventAggregates', 'ListResourceTags')
  AND coalesce(sourceipaddress, '') NOT LIKE '%.amazonaws.com'
  AND caller <> 'aws_service'

-- title: "{principal} was denied {event}, as programs that poll are"
-- kind: match
-- severity: info
-- topics: []
-- cis: ["4.1"]
-- why: "Part of CIS 4.1, apart from the rest: consoles and scanners ask these again and again, and a refusal means
--   nothing."
-- do: Nothing.
-- false_positives: Each console of a user with few rights.
-- references: [https://www.cisecurity.org/benchmark/amazon_web_services]
-- group_by: [account, principal]
SELECT errormessage AS message
FROM cloudtrail
WHERE eventname IN ('DescribeEventAggregates', 'ListResourceTags')
  AND denied
  AND coalesce(sourceipaddress, '') NOT LIKE '%.amazonaws.com'
  AND caller <> 'aws_service'

-- title: "{principal} was denied {event}"
-- kind: match
-- severity: info
-- topics: [134, 192]
-- mitre: [T1526]
-- cis: ["4.1"]
-- why: The CIS benchmark asks for a record of every unauthorized call. Bursts and enumeration have detections of their
--   own.
-- do: Nothing, unless something else points here.
-- false_positives: Everyday mistakes and tools that try before they ask. Two calls that programs poll with are health-polls-denied.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- accept: {cost: "the benchmark wants every call"}
SELECT errormessage AS message
FROM cloudtrail
WHERE denied
  AND (errorcode LIKE '%UnauthorizedOperation' OR errorcode LIKE 'AccessDenied%')
  AND coalesce(sourceipaddress, '') NOT LIKE '%.amazonaws.com'
  AND eventname NOT IN ('HeadBucket', 'DescribeEventAggregates', 'ListResourceTags')
  AND caller <> 'aws_service'

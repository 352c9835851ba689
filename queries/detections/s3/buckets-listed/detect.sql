-- title: "{principal} listed the buckets"
-- kind: match
-- severity: info
-- topics: [269]
-- mitre: [T1619, T1580]
-- why: Context. It is the first thing that holders of stolen keys try.
-- do: Nothing by itself; look at it beside other findings of the same principal.
-- false_positives: People at the console; inventory tools.
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html]
SELECT denied AS refused
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname = 'ListBuckets'
  AND caller NOT IN ('aws_service', 'iac')

-- title: "{principal} listed the buckets"
-- kind: match
-- severity: info
-- topics: [269]
-- mitre: [T1619, T1580]
-- why: Context. It is the first thing that holders of stolen keys try.
-- do: Nothing by itself; look at it beside other findings of the same principal.
-- false_positives: People at the console; inventory tools.
SELECT denied AS refused
FROM cloudtrail
WHERE eventsource = 's3.amazonaws.com'
  AND eventname IN ('ListBuckets', 'ListAllMyBuckets')
  AND caller NOT IN ('aws_service', 'iac')

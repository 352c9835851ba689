-- title: "{principal} looked at KMS keys or encrypted with them by hand"
-- kind: match
-- severity: info
-- topics: [501, 502, 503]
-- mitre: [T1486, T1526]
-- why: Context. Programs use keys all day, people hardly ever do; an intruder first looks which keys there are.
-- do: Nothing by itself; look at it beside other findings of the same principal.
-- false_positives: People at the console, which describes keys by itself.
-- references: [https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html]
SELECT coalesce(json_text(requestparameters, 'keyId'), resources[1]['arn']) AS key,
       denied AS refused
FROM cloudtrail
WHERE eventsource = 'kms.amazonaws.com'
  AND eventname IN ('DescribeKey', 'Encrypt', 'GenerateDataKeyWithoutPlaintext')
  AND caller IN ('human', 'unknown')

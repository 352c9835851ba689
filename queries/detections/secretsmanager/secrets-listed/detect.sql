-- title: "{principal} looked which secrets there are"
-- kind: match
-- severity: info
-- topics: [554, 555]
-- mitre: [T1555.006, T1526]
-- why: Context. Before secrets are stolen they are listed.
-- do: Nothing by itself; look at it beside reads of secrets by the same principal.
-- false_positives: People at the console and inventory tools.
-- references: [https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html]
SELECT json_text(requestparameters, 'secretId') AS secret,
       denied AS refused
FROM cloudtrail
WHERE eventsource = 'secretsmanager.amazonaws.com'
  AND eventname IN ('ListSecrets', 'DescribeSecret')
  AND caller IN ('human', 'unknown', 'workload')

-- title: "{principal} fetched the code of {functions} functions within minutes"
-- kind: window
-- severity: medium
-- topics: [504]
-- mitre: [T1213, T1552.001]
-- why: "GetFunction gives a link to the code and the variables of a function in the clear: where keys of other systems are
--   found."
-- do: Ask the caller; change what stands in the variables.
-- false_positives: Inventories and tools that compare states, if they do not name themselves.
-- references: [https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html]
-- window: 10m
-- every: 5m
-- threshold: {functions: 10}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT json_text(requestparameters, 'functionName')) AS functions,
       count(*) FILTER (WHERE denied) AS denials,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('GetFunction20150331v2', 'GetFunction20150331', 'GetFunction')
  AND caller IN ('human', 'unknown')
  AND sessioncredentialfromconsole IS NULL
GROUP BY principal, recipientaccountid, _window
HAVING count(DISTINCT json_text(requestparameters, 'functionName')) >= $functions

-- title: "{principal} searched the history of CloudTrail"
-- kind: match
-- severity: info
-- topics: [186]
-- mitre: [T1654]
-- why: Context. Intruders look whether they were seen, and what others may do.
-- do: Nothing by itself; look at it beside other findings of the same principal.
-- false_positives: People at the console.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html]
SELECT json_text(requestparameters, 'lookupAttributes') AS searched_for,
       denied AS refused
FROM cloudtrail
WHERE eventsource = 'cloudtrail.amazonaws.com'
  AND eventname IN ('LookupEvents', 'StartQuery')
  AND caller IN ('human', 'unknown')

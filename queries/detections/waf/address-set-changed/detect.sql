-- title: "{principal} changed the addresses of the firewall: {event} {name}"
-- kind: match
-- severity: low
-- topics: [181]
-- mitre: [T1562.007]
-- why: Sets of addresses say whom the firewall lets in or keeps out. One address more in the wrong set opens the way.
-- do: Compare the set with what it should be.
-- false_positives: Programs that block attackers by themselves write these sets all day.
-- references: [https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateIPSet.html]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'iPSetId'), json_text(requestparameters, 'id'), '') AS name,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource IN ('wafv2.amazonaws.com', 'waf-regional.amazonaws.com', 'waf.amazonaws.com')
  AND eventname IN ('CreateIPSet', 'UpdateIPSet', 'DeleteIPSet')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

-- title: "{address} looked around as {principals} principals: {actions} different read calls, {denials} denied"
-- kind: window
-- severity: high
-- topics: [135, 137]
-- mitre: [T1580, T1078.004]
-- why: "One address that tries the credentials of several principals and is denied: somebody goes through a list of
--   keys."
-- do: Look at each of the principals; disable the keys that the address used.
-- false_positives: The address of an office or a build farm whose tools lack rights.
-- window: 10m
-- every: 5m
-- group_by: [account, address]
-- threshold: {actions: 8, denials: 5, principals: 3}
SELECT sourceipaddress AS address,
       recipientaccountid AS account,
       count(DISTINCT principal) AS principals,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT concat(eventsource, ':', eventname)) AS actions,
       count(DISTINCT eventname) FILTER (WHERE eventsource = 'iam.amazonaws.com') AS iam_actions,
       count(*) FILTER (WHERE denied) AS denials,
       array_agg(DISTINCT principal) AS who,
       array_agg(DISTINCT useridentity.accesskeyid) AS access_keys,
       array_agg(eventid) AS event_ids,
       CASE WHEN count(DISTINCT eventname) FILTER (WHERE eventsource = 'iam.amazonaws.com') >= 5 THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE (eventname LIKE 'List%' OR eventname LIKE 'Describe%' OR eventname LIKE 'Get%')
  AND readonly IS NOT FALSE
  AND managementevent IS NOT FALSE
  AND caller <> 'aws_service'
  AND sessioncredentialfromconsole IS NULL
  AND useragent NOT LIKE '%console%'
  AND useragent NOT LIKE '%Console%'
  AND useragent NOT LIKE 'Mozilla/%'
  AND useragent NOT LIKE '%aws-internal/%'
GROUP BY sourceipaddress, recipientaccountid, _window
HAVING count(DISTINCT concat(eventsource, ':', eventname)) >= $actions
   AND count(*) FILTER (WHERE denied) >= $denials
   AND count(DISTINCT principal) FILTER (WHERE denied) >= $principals

-- title: "{address} looked around as {principals} principals: {actions} different read calls, {denials} denied"
-- kind: window
-- severity: high
-- topics: [135, 137]
-- mitre: [T1580, T1078.004]
-- why: "One address that tries the credentials of several principals and is denied: somebody goes through a list of
--   keys."
-- do: Look at each of the principals; disable the keys that the address used.
-- false_positives: The address of an office or a build farm whose tools lack rights.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- window: 10m
-- every: 5m
-- group_by: [account, address]
-- threshold: {actions: 8, denials: 5, principals: 3}
WITH refused AS (
  -- Few are denied anything: those few are looked up first.
  SELECT sourceipaddress AS who, recipientaccountid AS account, _window AS span, count(*) AS denials, count(DISTINCT principal) AS principals
  FROM cloudtrail
  WHERE denied
    AND (eventname LIKE 'List%' OR eventname LIKE 'Describe%' OR eventname LIKE 'Get%')
    AND readonly IS NOT FALSE
    AND managementevent IS NOT FALSE
    AND caller <> 'aws_service'
    AND sessioncredentialfromconsole IS NULL
    AND (useragent IS NULL
         OR (useragent NOT LIKE '%console%' AND useragent NOT LIKE '%Console%'
             AND useragent NOT LIKE 'Mozilla/%' AND useragent NOT LIKE '%aws-internal/%'))
  GROUP BY sourceipaddress, recipientaccountid, _window
  HAVING count(*) >= $denials AND count(DISTINCT principal) >= $principals
)
SELECT calls.sourceipaddress AS address,
       calls.recipientaccountid AS account,
       min(calls.awsregion) AS region,
       min(calls.eventtime) AS first,
       max(calls.eventtime) AS last,
       count(*) AS count,
       count(DISTINCT concat(calls.eventsource, ':', calls.eventname)) AS actions,
       count(DISTINCT calls.eventname) FILTER (WHERE calls.eventsource = 'iam.amazonaws.com') AS iam_actions,
       max(refused.denials) AS denials,
       max(refused.principals) AS principals,
       array_agg(DISTINCT calls.principal) AS who,
       array_agg(DISTINCT calls.useridentity.accesskeyid) AS access_keys,
       array_agg(calls.eventid) AS event_ids,
       CASE WHEN count(DISTINCT calls.eventname) FILTER (WHERE calls.eventsource = 'iam.amazonaws.com') >= 5 THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail AS calls
JOIN refused ON calls.sourceipaddress = refused.who AND calls.recipientaccountid = refused.account AND calls._window = refused.span
WHERE (eventname LIKE 'List%' OR eventname LIKE 'Describe%' OR eventname LIKE 'Get%')
  AND readonly IS NOT FALSE
  AND managementevent IS NOT FALSE
  AND caller <> 'aws_service'
  AND sessioncredentialfromconsole IS NULL
  AND (useragent IS NULL
       OR (useragent NOT LIKE '%console%' AND useragent NOT LIKE '%Console%'
           AND useragent NOT LIKE 'Mozilla/%' AND useragent NOT LIKE '%aws-internal/%'))
GROUP BY calls.sourceipaddress, calls.recipientaccountid, calls._window
HAVING count(DISTINCT concat(calls.eventsource, ':', calls.eventname)) >= $actions

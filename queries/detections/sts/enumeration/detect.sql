-- title: "{principal} looked around: {actions} different read calls, {denials} denied"
-- kind: window
-- severity: medium
-- topics: [136, 137]
-- mitre: [T1580, T1526, T1087.004]
-- why: "Whoever holds stolen credentials first finds out what they may do: many different List, Describe and Get calls
--   in minutes, some of them denied."
-- do: Ask the owner of the credentials whether it was them. If not, disable them and look at what followed, first of
--   all in IAM.
-- false_positives: New tools and scanners with too few rights; give the scanner its own role and disable this for it.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- window: 10m
-- every: 5m
-- threshold: {actions: 8, denials: 1}
WITH refused AS (
  -- Few are denied anything: those few are looked up first.
  SELECT principal AS who, recipientaccountid AS account, _window AS span, count(*) AS denials, count(DISTINCT principal) AS principals
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
  GROUP BY principal, recipientaccountid, _window
  HAVING count(*) >= $denials
)
SELECT calls.principal AS principal,
       calls.recipientaccountid AS account,
       min(calls.awsregion) AS region,
       min(calls.eventtime) AS first,
       max(calls.eventtime) AS last,
       count(*) AS count,
       count(DISTINCT concat(calls.eventsource, ':', calls.eventname)) AS actions,
       count(DISTINCT calls.eventname) FILTER (WHERE calls.eventsource = 'iam.amazonaws.com') AS iam_actions,
       max(refused.denials) AS denials,
       array_agg(DISTINCT calls.sourceipaddress) AS addresses,
       array_agg(DISTINCT calls.useridentity.accesskeyid) AS access_keys,
       array_agg(calls.eventid) AS event_ids,
       CASE WHEN count(DISTINCT calls.eventname) FILTER (WHERE calls.eventsource = 'iam.amazonaws.com') >= 5 THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail AS calls
JOIN refused ON calls.principal = refused.who AND calls.recipientaccountid = refused.account AND calls._window = refused.span
WHERE (eventname LIKE 'List%' OR eventname LIKE 'Describe%' OR eventname LIKE 'Get%')
  AND readonly IS NOT FALSE
  AND managementevent IS NOT FALSE
  AND caller <> 'aws_service'
  AND sessioncredentialfromconsole IS NULL
  AND (useragent IS NULL
       OR (useragent NOT LIKE '%console%' AND useragent NOT LIKE '%Console%'
           AND useragent NOT LIKE 'Mozilla/%' AND useragent NOT LIKE '%aws-internal/%'))
GROUP BY calls.principal, calls.recipientaccountid, calls._window
HAVING count(DISTINCT concat(calls.eventsource, ':', calls.eventname)) >= $actions

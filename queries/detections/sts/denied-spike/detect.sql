-- title: "{principal} was denied {denials} calls of {actions} kinds in an hour (usual day {usual_day}), mostly by {denied_by}"
-- kind: baseline
-- severity: medium
-- topics: [135, 134]
-- mitre: [T1580]
-- why: "A principal that is suddenly denied many different calls is not doing its usual work: stolen credentials that
--   are tried out, or a broken change."
-- do: Look at the actions and the address. If the owner cannot explain them, disable the credentials.
-- false_positives: A role whose policy was just cut down; then one deployment is behind all of it.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- lookback: 30d
-- threshold: {denials: 10, actions: 5, spread: 5}
WITH hours AS (
  SELECT recipientaccountid AS account,
         principal,
         min(awsregion) AS region,
         date_trunc('hour', eventtime) AS hour,
         min(eventtime) AS first,
         max(eventtime) AS last,
         count(*) AS denials,
         count(DISTINCT concat(eventsource, ':', eventname)) AS actions,
         array_agg(DISTINCT concat(split_part(eventsource, '.', 1), ':', eventname)) AS denied_actions,
         array_agg(DISTINCT sourceipaddress) AS addresses,
         array_agg(eventid) AS event_ids,
         count(*) FILTER (WHERE errormessage LIKE '%service control policy%') AS by_scp,
         count(*) FILTER (WHERE errormessage LIKE '%resource control policy%') AS by_rcp,
         count(*) FILTER (WHERE errormessage LIKE '%permissions boundary%') AS by_boundary,
         count(*) FILTER (WHERE errormessage LIKE '%session policy%') AS by_session,
         count(*) FILTER (WHERE errormessage LIKE '%resource-based policy%' OR errormessage LIKE '%VPC endpoint policy%') AS by_resource,
         count(*) FILTER (WHERE errormessage LIKE '%identity-based policy%') AS by_identity
  FROM cloudtrail
  WHERE denied
    AND caller <> 'aws_service'
    AND (eventcategory IS DISTINCT FROM 'NetworkActivity')
    AND eventname NOT IN ('DescribeEventAggregates', 'ListResourceTags', 'HeadBucket')
  GROUP BY recipientaccountid, principal, date_trunc('hour', eventtime)
  HAVING count(*) >= $denials AND count(DISTINCT concat(eventsource, ':', eventname)) >= $actions
),
days AS (
  SELECT hours.account, hours.principal, hours.hour, activity.day,
         sum(CASE WHEN activity.outcome = 'denied' THEN activity.count ELSE 0 END) AS denials
  FROM hours
  JOIN activity ON activity.account = hours.account AND activity.principal = hours.principal
  WHERE activity.day < CAST(hours.hour AS DATE) AND activity.day >= CAST(hours.hour AS DATE) - INTERVAL '30 days'
  GROUP BY hours.account, hours.principal, hours.hour, activity.day
),
usual AS (
  SELECT account, principal, hour, median(CAST(denials AS DOUBLE)) AS middle, max(denials) AS most, count(*) AS days
  FROM days GROUP BY account, principal, hour
),
spread AS (
  SELECT days.account, days.principal, days.hour, median(abs(CAST(days.denials AS DOUBLE) - usual.middle)) AS mad
  FROM days JOIN usual ON days.account = usual.account AND days.principal = usual.principal AND days.hour = usual.hour
  GROUP BY days.account, days.principal, days.hour
)
SELECT hours.account,
       hours.principal,
       hours.region,
       hours.first,
       hours.last,
       hours.denials AS count,
       hours.denials,
       hours.actions,
       hours.denied_actions,
       hours.addresses,
       hours.event_ids,
       CASE greatest(by_scp, by_rcp, by_boundary, by_session, by_resource, by_identity)
            WHEN 0 THEN 'a policy that the messages do not name'
            WHEN by_scp THEN 'a service control policy'
            WHEN by_rcp THEN 'a resource control policy'
            WHEN by_boundary THEN 'a permissions boundary'
            WHEN by_session THEN 'a session policy'
            WHEN by_resource THEN 'a resource or endpoint policy'
            ELSE 'identity policies' END AS denied_by,
       CASE WHEN usual.days IS NULL THEN 'unknown' ELSE CAST(usual.middle AS VARCHAR) END AS usual_day,
       usual.most AS most_in_a_day,
       coalesce(usual.days, 0) AS days_of_history,
       CASE WHEN hours.actions >= 15 THEN 'high' ELSE 'medium' END AS severity
FROM hours
LEFT JOIN usual ON usual.account = hours.account AND usual.principal = hours.principal AND usual.hour = hours.hour
LEFT JOIN spread ON spread.account = hours.account AND spread.principal = hours.principal AND spread.hour = hours.hour
WHERE usual.days IS NULL
   OR hours.denials > usual.middle + $spread * 1.4826 * spread.mad + $denials

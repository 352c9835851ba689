-- title: "{principal} was denied {action} {count} times"
-- kind: window
-- severity: low
-- topics: [134]
-- mitre: [T1526]
-- why: One call that is denied over and over is mostly a job that lost a right, not an attack. It hides the denials
--   that matter.
-- do: Give the job the right that it needs, or stop it.
-- false_positives: It is one by nature; the finding is for whoever runs the job.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- window: 1h
-- group_by: [account, principal, action]
-- threshold: {times: 50}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       concat(split_part(eventsource, '.', 1), ':', eventname) AS action,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       min(errormessage) AS message,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE denied
  AND caller <> 'aws_service'
  AND eventcategory IS DISTINCT FROM 'NetworkActivity'
GROUP BY principal, recipientaccountid, eventsource, eventname, _window
HAVING count(*) >= $times

-- title: "{principal} stopped the trail {trail}"
-- kind: match
-- severity: critical
-- topics: [151, 161]
-- mitre: [T1562.008]
-- cis: ["4.5"]
-- why: What happens from now on leaves no log. It is the first thing that many intruders do.
-- do: Start the trail again, then look at who stopped it and what they did before.
-- false_positives: Taking down a test trail.
-- references:
--   - https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.defense-evasion.cloudtrail-stop/
-- group_by: [account, principal, trail]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'trailName')) AS trail
FROM cloudtrail
WHERE eventsource = 'cloudtrail.amazonaws.com'
  AND eventname = 'StopLogging'
  AND errorcode IS NULL

-- title: "{principal} deleted the trail {trail}"
-- kind: match
-- severity: critical
-- topics: [152, 161]
-- mitre: [T1562.008]
-- cis: ["4.5"]
-- why: The account goes blind, and the record of how its logs were set up is gone too.
-- do: Create the trail again, then look at who deleted it and what they did before.
-- false_positives: Taking down a test trail.
-- references:
--   - https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.defense-evasion.cloudtrail-delete/
-- group_by: [account, principal, trail]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'trailName')) AS trail
FROM cloudtrail
WHERE eventsource = 'cloudtrail.amazonaws.com'
  AND eventname = 'DeleteTrail'
  AND errorcode IS NULL

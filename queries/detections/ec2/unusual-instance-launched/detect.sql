-- title: "{principal} {act} machines of the type {type}"
-- kind: match
-- severity: medium
-- topics: [239]
-- mitre: [T1496.001, T1578.002]
-- why: Machines with graphics cards, accelerators or whole hosts cost most and mine best. Intruders start many of them, often
--   in regions that nobody looks at, and often they are refused first.
-- do: Ask the owner; stop the machines; look for the same in other regions.
-- false_positives: Machine learning, rendering and other heavy work; disable this for the principals that do it.
-- references:
--   - https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.execution.ec2-launch-unusual-instances/
-- group_by: [account, principal, type]
SELECT coalesce(json_text(requestparameters, 'instanceType.value'), json_text(requestparameters, 'instanceType')) AS type,
       CASE WHEN errorcode IS NULL THEN 'started' ELSE 'tried to start' END AS act,
       json_text(requestparameters, 'instancesSet.items[0].maxCount') AS machines,
       CASE WHEN caller IN ('iac', 'workload', 'aws_service') AND errorcode IS NULL THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname = 'RunInstances'
  AND (errorcode IS NULL OR denied OR errorcode LIKE '%LimitExceeded%' OR errorcode LIKE '%InsufficientInstanceCapacity%')
  AND regexp_like(coalesce(json_text(requestparameters, 'instanceType.value'), json_text(requestparameters, 'instanceType')),
                  '^(p[0-9]|g[0-9]|gr[0-9]|trn[0-9]|inf[0-9]|dl[0-9]|f[0-9]|vt[0-9]|hpc[0-9]|u-|u7|x[0-9])|\.metal|\.(24|32|48|56|96|112)xlarge')

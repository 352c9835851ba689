-- title: "{principal} changed the organization's policies: {event}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1484]
-- cis: ["4.15"]
-- why: Service and resource control policies are the fence around all accounts. Detached, deleted or moved out of, it
--   does not hold.
-- do: Compare the policies and who they are attached to with what they should be.
-- false_positives: Changes of the landing zone.
-- references: [https://docs.aws.amazon.com/organizations/latest/userguide/orgs_introduction.html]
SELECT coalesce(json_text(requestparameters, 'policyId'), json_text(requestparameters, 'name'), json_text(requestparameters, 'accountId')) AS policy,
       json_text(requestparameters, 'targetId') AS target,
       CASE WHEN eventname IN ('DeletePolicy', 'DetachPolicy', 'DisablePolicyType', 'UpdatePolicy', 'MoveAccount') THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'organizations.amazonaws.com'
  AND eventname IN ('CreatePolicy', 'UpdatePolicy', 'DeletePolicy', 'AttachPolicy', 'DetachPolicy',
                    'EnablePolicyType', 'DisablePolicyType', 'MoveAccount')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

-- title: "Role {role}: {change}"
-- kind: match
-- severity: medium
-- topics: [83]
-- mitre: [T1098.003, T1078.004]
-- why: The trust policy of a role says who may become it. A new principal there is a new door into the account.
-- do: Check that the principal is known and meant. Add conditions (sts:ExternalId, sub, aws:SourceAccount) where they
--   lack.
-- false_positives: New partners and pipelines; name their accounts in the settings.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html]
-- group_by: [account, resource]
-- enrich: trust
SELECT json_text(requestparameters, 'roleName') AS role,
       concat('role ', json_text(requestparameters, 'roleName')) AS resource,
       CASE eventname WHEN 'CreateRole' THEN json_text(requestparameters, 'assumeRolePolicyDocument')
                      WHEN 'UpdateAssumeRolePolicy' THEN json_text(requestparameters, 'policyDocument') END AS document
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('CreateRole', 'UpdateAssumeRolePolicy', 'DeleteRole')
  AND errorcode IS NULL

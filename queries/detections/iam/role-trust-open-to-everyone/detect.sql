-- title: "{principal} opened the role {role} to everybody"
-- kind: window
-- severity: critical
-- topics: [84]
-- mitre: [T1098.003, T1078.004]
-- why: "The trust policy of the role names everybody and has no condition that keeps others out: any AWS account in the
--   world can take the role."
-- do: Take the star out of the trust policy at once, and look for AssumeRole of this role from accounts you do not know.
-- false_positives: None that should stay.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html]
-- window: 1d
-- group_by: [account, role]
SELECT account, principal, role,
       min(region) AS region,
       min(at) AS first,
       max(at) AS last,
       count(DISTINCT id) AS count,
       array_agg(DISTINCT id) AS event_ids,
       array_agg(DISTINCT one.sentence) AS grants
FROM (SELECT recipientaccountid AS account, principal, awsregion AS region, eventtime AS at, eventid AS id, _window,
             coalesce(json_text(requestparameters, 'roleName'), 'of unknown name') AS role,
             unnest(policy_grants(coalesce(json_text(requestparameters, 'policyDocument'),
                                           json_text(requestparameters, 'assumeRolePolicyDocument')), recipientaccountid)) AS one
      FROM cloudtrail
      WHERE eventsource = 'iam.amazonaws.com'
        AND eventname IN ('UpdateAssumeRolePolicy', 'CreateRole')
        AND errorcode IS NULL) AS asked
WHERE one.principal_kind = 'everyone'
  AND one.effect = 'Allow'
  AND one.class = 'public'
GROUP BY account, principal, role, _window

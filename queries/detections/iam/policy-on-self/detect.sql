-- title: "{principal} gave itself the policy {policy}"
-- kind: match
-- severity: high
-- topics: [71, 67, 72, 68, 64, 65]
-- mitre: [T1098.003, T1078.004]
-- why: A principal that may change its own policies may do anything. Intruders with a stolen key do this first.
-- do: Remove the policy, disable the credentials that were used, and look at what they did since.
-- false_positives: Administrators who test on themselves; pipelines that keep their own role.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html]
SELECT json_text(requestparameters, 'policyDocument') AS document,
       coalesce(json_text(requestparameters, 'policyName'), json_text(requestparameters, 'policyArn')) AS policy,
       coalesce(json_text(requestparameters, 'userName'), json_text(requestparameters, 'roleName')) AS target,
       CASE WHEN regexp_replace(coalesce(json_text(requestparameters, 'policyDocument'), ''), '\s', '', 'g') LIKE '%"Action":"*"%'
              OR json_text(requestparameters, 'policyArn') LIKE '%:policy/AdministratorAccess' THEN 'critical'
            WHEN caller = 'iac' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('PutUserPolicy', 'AttachUserPolicy', 'PutRolePolicy', 'AttachRolePolicy')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND ((useridentity.type = 'IAMUser' AND json_text(requestparameters, 'userName') = useridentity.username)
       OR (useridentity.type = 'AssumedRole'
           AND json_text(requestparameters, 'roleName') = useridentity.sessioncontext.sessionissuer.username))

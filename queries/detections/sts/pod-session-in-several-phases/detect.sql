-- title: "A pod's session of {principal} went from looking to {phases}"
-- kind: window
-- severity: high
-- topics: [113]
-- mitre: [T1526, T1552, T1098, T1550.001]
-- why: One session of a pod that lists what there is, reads secrets and then changes identities follows an attack's
--   order, and no application's.
-- do: Isolate the pod, revoke the role's sessions, undo what was changed.
-- false_positives: Operators and controllers in the cluster that manage AWS. Give them exceptions.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html]
-- window: 1h
-- every: 30m
-- group_by: [account, principal, session_key]
SELECT principal,
       recipientaccountid AS account,
       useridentity.accesskeyid AS session_key,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       array_agg(DISTINCT concat(split_part(eventsource, '.', 1), ':', eventname)) AS actions,
       array_agg(eventid) AS event_ids,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       CASE WHEN bool_or(eventsource = 'iam.amazonaws.com' AND eventname NOT LIKE 'Get%' AND eventname NOT LIKE 'List%') THEN 'secrets and new identities'
            ELSE 'secrets and other roles' END AS phases
FROM cloudtrail
WHERE useridentity.type = 'AssumedRole'
  AND (useridentity.sessioncontext.webidfederationdata.federatedprovider LIKE '%oidc.eks.%'
       OR useridentity.sessioncontext.webidfederationdata.federatedprovider LIKE '%/id/%')
  AND eventsource IN ('iam.amazonaws.com', 'sts.amazonaws.com', 's3.amazonaws.com', 'ec2.amazonaws.com', 'secretsmanager.amazonaws.com',
                      'ssm.amazonaws.com', 'kms.amazonaws.com', 'organizations.amazonaws.com', 'lambda.amazonaws.com')
GROUP BY principal, recipientaccountid, useridentity.accesskeyid, _window
HAVING count(DISTINCT eventname) FILTER (WHERE eventname LIKE 'List%' OR eventname LIKE 'Describe%' OR eventname = 'GetCallerIdentity') >= 2
   AND bool_or(eventname IN ('GetSecretValue', 'BatchGetSecretValue', 'GetParameter', 'GetParameters', 'GetParametersByPath'))
   AND bool_or(errorcode IS NULL AND eventname IN ('CreateAccessKey', 'CreateUser', 'CreateLoginProfile', 'CreateRole', 'AttachUserPolicy',
               'AttachRolePolicy', 'PutUserPolicy', 'PutRolePolicy', 'UpdateAssumeRolePolicy', 'AssumeRole', 'CreateFunction20150331',
               'UpdateFunctionCode20150331v2', 'CreatePolicyVersion'))

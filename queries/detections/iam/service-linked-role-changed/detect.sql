-- title: "{principal} {act} a service-linked role: {role}"
-- kind: match
-- severity: info
-- topics: [86]
-- mitre: [T1098]
-- why: A service-linked role tells which service starts to work in the account; without it that service, maybe a guard,
--   stops.
-- do: Nothing, unless the service is one that nobody wanted, or a security service lost its role.
-- false_positives: The first use of a service makes its role.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'aWSServiceName'), json_text(requestparameters, 'roleName'), 'of unknown name') AS role,
       CASE WHEN eventname = 'CreateServiceLinkedRole' THEN 'created' ELSE 'deleted' END AS act,
       CASE WHEN eventname = 'DeleteServiceLinkedRole' AND requestparameters LIKE '%AWSServiceRoleFor%'
             AND regexp_like(requestparameters, 'GuardDuty|SecurityHub|Config|CloudTrail|AccessAnalyzer|Macie|Inspector') THEN 'medium'
            ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('CreateServiceLinkedRole', 'DeleteServiceLinkedRole')
  AND errorcode IS NULL
  AND (useridentity.type IS DISTINCT FROM 'AWSService')

-- title: "The instance {instance} ({principal}) looked around: {kinds} different calls"
-- kind: window
-- severity: medium
-- topics: [137, 110]
-- mitre: [T1580, T1526, T1087.004]
-- why: Programs on an instance call what they need. Who lists users, roles, buckets, trails and detectors from there has
--   got into it and finds out where they are.
-- do: Look at who is on the instance; isolate it; read what its role did next.
-- false_positives: Inventory and security tools on an instance. Give their role an exception.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- window: 10m
-- every: 5m
-- group_by: [account, principal, instance]
-- threshold: {kinds: 5}
SELECT principal,
       recipientaccountid AS account,
       coalesce(arn_part(useridentity.arn, 'session'), split_part(useridentity.principalid, ':', 2)) AS instance,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT concat(eventsource, eventname)) AS kinds,
       array_agg(DISTINCT concat(split_part(eventsource, '.', 1), ':', eventname)) AS actions,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids,
       CASE WHEN count(DISTINCT concat(eventsource, eventname)) >= 8 THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE useridentity.type = 'AssumedRole'
  AND (useridentity.arn LIKE '%/i-%' OR useridentity.principalid LIKE '%:i-%')
  AND (regexp_like(useridentity.arn, '(?i)/i-([0-9a-f]{8}|[0-9a-f]{17})$')
       OR regexp_like(useridentity.principalid, '(?i):i-([0-9a-f]{8}|[0-9a-f]{17})$'))
  AND useridentity.invokedby IS NULL
  AND caller NOT IN ('aws_service', 'iac')
  AND eventname IN ('GetCallerIdentity', 'ListUsers', 'ListRoles', 'ListGroups', 'ListPolicies', 'ListAccessKeys', 'ListAttachedUserPolicies',
                    'ListAttachedRolePolicies', 'ListUserPolicies', 'ListRolePolicies', 'GetAccountSummary', 'GetAccountAuthorizationDetails',
                    'GetUser', 'ListAccountAliases', 'ListBuckets', 'ListSecrets', 'DescribeParameters', 'ListKeys', 'ListAliases', 'ListFunctions20150331',
                    'ListClusters', 'ListDetectors', 'DescribeTrails', 'ListTrails', 'GetTrailStatus', 'DescribeSnapshots', 'DescribeVolumes',
                    'DescribeSecurityGroups', 'DescribeVpcs', 'DescribeSubnets', 'DescribeRouteTables', 'DescribeDBInstances', 'DescribeDBSnapshots',
                    'ListTopics', 'ListQueues', 'ListTables', 'DescribeOrganization', 'ListAccounts', 'DescribeLogGroups', 'DescribeAlarms',
                    'DescribeRegions', 'DescribeAccountAttributes', 'ListIdentities', 'GetSendQuota', 'ListStacks', 'DescribeConfigurationRecorders',
                    'ListAnalyzers', 'ListHostedZones', 'ListDistributions', 'DescribeRepositories', 'ListFoundationModels')
GROUP BY principal, recipientaccountid, coalesce(arn_part(useridentity.arn, 'session'), split_part(useridentity.principalid, ':', 2)), _window
HAVING count(DISTINCT concat(eventsource, eventname)) >= $kinds

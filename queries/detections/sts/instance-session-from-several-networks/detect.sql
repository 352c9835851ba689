-- title: "Credentials of the instance {instance} ({principal}) were used from {networks} networks"
-- kind: window
-- severity: high
-- topics: [125]
-- mitre: [T1552.005, T1550.001]
-- why: An instance has one way out. Its credentials at two public networks on one day, with two tools, are on the
--   instance and somewhere else.
-- do: Revoke the role's sessions, isolate the instance, require IMDSv2, and look for how they were taken.
-- false_positives: Several NAT gateways, where the tools are the same on both; those are low.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html]
-- window: 1d
-- group_by: [account, principal, instance]
-- threshold: {networks: 2}
SELECT principal,
       recipientaccountid AS account,
       coalesce(arn_part(useridentity.arn, 'session'), split_part(useridentity.principalid, ':', 2)) AS instance,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT network) AS networks,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(DISTINCT agent) AS agents,
       array_agg(DISTINCT concat(split_part(eventsource, '.', 1), ':', eventname)) AS actions,
       CASE WHEN count(DISTINCT agent) > 1
             AND bool_or(useragent LIKE 'aws-cli/%'
                         OR NOT regexp_like(lower(useragent), '^\[?(aws-|boto|amazon|dotnet|apn/|ssm|cloudwatch|fluent|vector|logstash|telegraf|datadog|java|go-|hashicorp|s3fs|rclone)'))
            THEN 'high' ELSE 'low' END AS severity
FROM cloudtrail
WHERE useridentity.type = 'AssumedRole'
  AND (useridentity.arn LIKE '%/i-%' OR useridentity.principalid LIKE '%:i-%')
  AND (regexp_like(useridentity.arn, '(?i)/i-([0-9a-f]{8}|[0-9a-f]{17})$')
       OR regexp_like(useridentity.principalid, '(?i):i-([0-9a-f]{8}|[0-9a-f]{17})$'))
  AND useridentity.invokedby IS NULL
  AND managementevent IS NOT FALSE
  AND caller NOT IN ('aws_service', 'iac')
  AND vpcendpointid IS NULL
  AND regexp_like(sourceipaddress, '^[0-9a-fA-F.:]+$')
  AND ip_in(sourceipaddress, '10.0.0.0/8') IS NOT TRUE
  AND ip_in(sourceipaddress, '172.16.0.0/12') IS NOT TRUE
  AND ip_in(sourceipaddress, '192.168.0.0/16') IS NOT TRUE
  AND ip_in(sourceipaddress, '100.64.0.0/10') IS NOT TRUE
  AND ip_in(sourceipaddress, 'fc00::/7') IS NOT TRUE
GROUP BY principal, recipientaccountid, coalesce(arn_part(useridentity.arn, 'session'), split_part(useridentity.principalid, ':', 2)), _window
HAVING count(DISTINCT network) >= $networks

-- title: "Credentials of the instance {instance} ({principal}) came from {from_address}: {event}"
-- kind: match
-- severity: info
-- topics: [125, 110]
-- mitre: [T1552.005, T1078.004]
-- why: "Credentials from the instance metadata belong on the instance. A public address is the instance's own, or that of
--   the NAT it is behind, or somebody's who took them away; the tool tells more: one of attackers, a desktop's or one
--   that no instance has, weighs most."
-- do: Compare the address with the instance's. If it is neither its own nor its NAT's, revoke the role's sessions and look
--   for how they were taken. Require IMDSv2.
-- false_positives: Instances that reach AWS by their public address; those findings are info, one a day.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html]
-- group_by: [account, principal, instance]
-- accept: {cost: "the session tells it, whatever it does"}
SELECT coalesce(arn_part(useridentity.arn, 'session'), split_part(useridentity.principalid, ':', 2)) AS instance,
       sourceipaddress AS from_address,
       useragent AS tool,
       useridentity.sessioncontext.ec2roledelivery AS metadata_version,
       CASE WHEN regexp_like(lower(useragent), 'kali|parrot|pacu|stratus-red-team|cloudfox|scoutsuite|nimbostratus|os/macos|darwin/|os/windows|windows nt|windows/10')
            THEN 'high'
            WHEN useragent LIKE 'aws-cli/%' AND NOT (eventsource = 'sts.amazonaws.com' AND eventname = 'GetCallerIdentity') THEN 'info'
            ELSE 'low' END AS severity
FROM cloudtrail
WHERE useridentity.type = 'AssumedRole'
  AND (useridentity.arn LIKE '%/i-%' OR useridentity.principalid LIKE '%:i-%')
  AND (regexp_like(useridentity.arn, '(?i)/i-([0-9a-f]{8}|[0-9a-f]{17})$')
       OR regexp_like(useridentity.principalid, '(?i):i-([0-9a-f]{8}|[0-9a-f]{17})$'))
  AND useridentity.invokedby IS NULL
  AND managementevent IS NOT FALSE
  AND eventsource NOT IN ('ssm.amazonaws.com', 'ssmmessages.amazonaws.com', 'ec2messages.amazonaws.com', 'monitoring.amazonaws.com',
                          'logs.amazonaws.com', 'guardduty.amazonaws.com', 'kms.amazonaws.com')
  AND eventname <> 'RegisterManagedInstance'
  AND caller NOT IN ('aws_service', 'iac')
  AND vpcendpointid IS NULL
  -- Libraries and agents that run on instances all day are no news.
  AND (useragent LIKE 'aws-cli/%'
       OR NOT regexp_like(lower(useragent), '^\[?(aws-|boto|amazon|dotnet|apn/|terraform|ssm|cloudwatch|fluent|vector|logstash|telegraf|datadog|java|go-|hashicorp|s3fs|rclone)')
       OR regexp_like(lower(useragent), 'kali|os/macos|darwin/|os/windows|windows/10'))
  AND regexp_like(sourceipaddress, '^[0-9a-fA-F.:]+$')
  AND ip_in(sourceipaddress, '10.0.0.0/8') IS NOT TRUE
  AND ip_in(sourceipaddress, '172.16.0.0/12') IS NOT TRUE
  AND ip_in(sourceipaddress, '192.168.0.0/16') IS NOT TRUE
  AND ip_in(sourceipaddress, '100.64.0.0/10') IS NOT TRUE
  AND ip_in(sourceipaddress, '127.0.0.0/8') IS NOT TRUE
  AND ip_in(sourceipaddress, 'fc00::/7') IS NOT TRUE

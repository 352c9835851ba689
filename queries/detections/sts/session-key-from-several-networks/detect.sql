-- title: "The session key {session_key} of {principal} was used from {networks} networks"
-- kind: window
-- severity: high
-- topics: [27]
-- mitre: [T1550.001, T1078.004]
-- why: Temporary credentials stay on the machine that got them. The same key on two networks that do not alternate by
--   a proxy has been copied.
-- do: Revoke the sessions of the role, and look at what came from the address that is not the owner's.
-- false_positives: "People whose VPN goes on and off; proxies with many exits. The agents tell: one agent everywhere is low."
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html]
-- window: 1h
-- group_by: [account, principal, session_key]
-- threshold: {networks: 2}
SELECT principal,
       recipientaccountid AS account,
       useridentity.accesskeyid AS session_key,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(DISTINCT network) AS networks,
       count(DISTINCT agent) AS kinds_of_agent,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(DISTINCT agent) AS agents,
       array_agg(DISTINCT concat(split_part(eventsource, '.', 1), ':', eventname)) AS actions,
       CASE WHEN count(DISTINCT agent) = 1 THEN 'low'
            WHEN bool_or(caller = 'workload')
             AND bool_or(useragent NOT LIKE '%exec-env/%'
                         AND regexp_like(lower(useragent), '^(aws-cli|awspowershell|curl|python-requests)|os/macos|darwin|os/windows|windows/')) THEN 'high'
            WHEN bool_and(caller <> 'workload') AND count(DISTINCT network) >= 3 THEN 'medium'
            ELSE 'low' END AS severity
FROM cloudtrail
WHERE useridentity.accesskeyid LIKE 'ASIA%'
  AND useridentity.invokedby IS NULL
  AND managementevent IS NOT FALSE
  AND sessioncredentialfromconsole IS NULL
  AND caller NOT IN ('aws_service', 'iac')
  AND sourceipaddress NOT LIKE '%amazonaws.com'
  AND sourceipaddress NOT LIKE 'AWS Internal%'
  AND (useragent IS NULL OR (useragent NOT LIKE '%.amazonaws.com' AND useragent NOT LIKE '%aws-internal/%'
                             AND useragent NOT LIKE '%onsole%' AND useragent NOT LIKE 'Mozilla/%'))
  AND ip_in(sourceipaddress, '10.0.0.0/8') IS NOT TRUE
  AND ip_in(sourceipaddress, '172.16.0.0/12') IS NOT TRUE
  AND ip_in(sourceipaddress, '192.168.0.0/16') IS NOT TRUE
  AND vpcendpointid IS NULL
GROUP BY principal, recipientaccountid, useridentity.accesskeyid, _window
-- The environments of one function share a key and have an address each: only what is not in one of them counts.
HAVING count(DISTINCT network) >= $networks
   AND bool_or(useragent IS NULL OR useragent NOT LIKE '%exec-env/AWS_Lambda%')

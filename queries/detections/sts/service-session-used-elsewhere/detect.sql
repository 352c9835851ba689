-- title: "Credentials that {service} got for {principal} were used at {address} with {tool}"
-- kind: window
-- severity: high
-- topics: [104]
-- mitre: [T1550.001, T1078.004, T1552.005]
-- why: These temporary credentials were given to a service for its own work. A shell on another network has them now.
-- do: Revoke the role's sessions, and find how they came out of the service (logs, environment, a request it was tricked
--   into).
-- false_positives: Debugging with copied credentials.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html]
-- window: 1d
-- every: 12h
-- group_by: [account, principal, address]
SELECT uses.principal,
       uses.account,
       issued.service,
       uses.address,
       min(uses.region) AS region,
       min(uses.at) AS first,
       max(uses.at) AS last,
       count(*) AS count,
       min(uses.tool) AS tool,
       array_agg(DISTINCT uses.action) AS actions,
       array_agg(DISTINCT uses.id) AS event_ids,
       min(uses.session_key) AS session_key
FROM (SELECT json_text(responseelements, 'credentials.accessKeyId') AS session_key, principal AS service, _window
      FROM cloudtrail
      WHERE eventsource = 'sts.amazonaws.com'
        AND eventname = 'AssumeRole'
        AND errorcode IS NULL
        AND useridentity.type = 'AWSService') AS issued
JOIN (SELECT principal, recipientaccountid AS account, awsregion AS region, eventtime AS at, eventid AS id, sourceipaddress AS address, agent AS tool,
             useridentity.accesskeyid AS session_key, concat(split_part(eventsource, '.', 1), ':', eventname) AS action, _window
      FROM cloudtrail
      WHERE useridentity.type = 'AssumedRole'
        AND useridentity.accesskeyid LIKE 'ASIA%'
        AND useridentity.invokedby IS NULL
        AND (useragent LIKE 'aws-cli/%' OR useragent LIKE 'AWSPowerShell%' OR useragent LIKE 'curl/%' OR lower(useragent) LIKE 'stratus-red-team%' OR useragent LIKE '%os/macos%'
             OR useragent LIKE '%os/windows%' OR useragent LIKE 'Mozilla/%')
        AND useragent NOT LIKE '%exec-env/%'
        AND sourceipaddress NOT LIKE '%.amazonaws.com'
        AND vpcendpointid IS NULL
        AND ip_in(sourceipaddress, '10.0.0.0/8') IS NOT TRUE
        AND ip_in(sourceipaddress, '172.16.0.0/12') IS NOT TRUE
        AND ip_in(sourceipaddress, '192.168.0.0/16') IS NOT TRUE) AS uses
  ON uses.session_key = issued.session_key AND uses._window = issued._window
WHERE issued.service <> 'ec2.amazonaws.com'
GROUP BY uses.principal, uses.account, issued.service, uses.address, uses._window

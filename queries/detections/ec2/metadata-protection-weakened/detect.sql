-- title: "{principal} let {instance} give out credentials without a session token"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1552.005, T1562]
-- why: Version 1 of the metadata service answers whoever can make the machine fetch an address, and gives the credentials
--   of its role away.
-- do: "Demand tokens again (HttpTokens: required); look for calls with the role of the machine from elsewhere."
-- false_positives: Old software that knows version 1 alone.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataOptions.html]
-- group_by: [account, principal, instance]
SELECT coalesce(json_text(requestparameters, 'ModifyInstanceMetadataOptionsRequest.InstanceId'), json_text(requestparameters, 'instanceId'),
                CASE WHEN eventname = 'ModifyInstanceMetadataDefaults' THEN 'machines of the whole region' END, 'a machine') AS instance,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('ModifyInstanceMetadataOptions', 'ModifyInstanceMetadataDefaults')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND regexp_like(requestparameters, '(?i)"httpTokens"\s*:\s*"(optional|no-preference)"')

-- title: "{principal}, the role of a Bedrock agent, called {event} from {from_address}"
-- kind: match
-- severity: high
-- topics: [94]
-- mitre: [T1078.004, T1552.005]
-- why: An agent can be talked into handing out the credentials of its runtime. The role then acts from an address that
--   is no runtime's, with a tool that people use.
-- do: Revoke the role's sessions; look at what the agent was asked and what the role did.
-- false_positives: Developers who take the same role to try things. Give them another one.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html]
-- group_by: [account, principal]
-- accept: {cost: "the role tells it, whatever it does"}
SELECT sourceipaddress AS from_address,
       useragent AS tool
FROM cloudtrail
WHERE useridentity.type = 'AssumedRole'
  AND (useridentity.sessioncontext.sessionissuer.arn LIKE '%AgentCore%'
       OR useridentity.sessioncontext.sessionissuer.arn LIKE '%agentcore%')
  AND caller <> 'aws_service'
  AND caller <> 'iac'
  AND useridentity.invokedby IS NULL
  AND sourceipaddress NOT LIKE '%.amazonaws.com'
  AND vpcendpointid IS NULL
  AND ip_in(sourceipaddress, '10.0.0.0/8') IS NOT TRUE
  AND ip_in(sourceipaddress, '172.16.0.0/12') IS NOT TRUE
  AND ip_in(sourceipaddress, '192.168.0.0/16') IS NOT TRUE
  AND (useragent LIKE 'aws-cli/%' OR useragent LIKE 'Mozilla/%' OR useragent LIKE 'curl/%' OR lower(useragent) LIKE 'stratus-red-team%' OR lower(useragent) LIKE 'python-requests%' OR useragent LIKE 'AWSPowerShell%'
       OR useragent LIKE '%os/macos%' OR useragent LIKE '%os/windows%' OR useragent LIKE '%Windows%')

-- title: "{principal} deleted VPC flow logs"
-- kind: match
-- severity: high
-- topics: [161, 166]
-- mitre: [T1562.008]
-- why: Without flow logs nobody sees what goes in and out of the network.
-- do: Create them again; look at what else the caller did.
-- false_positives: Taking down a VPC.
-- references:
--   - https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteFlowLogs.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.defense-evasion.vpc-remove-flow-logs/
SELECT coalesce(json_text(requestparameters, 'DeleteFlowLogsRequest.FlowLogId.content'), json_text(requestparameters, 'DeleteFlowLogsRequest.FlowLogId')) AS flow_logs
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname = 'DeleteFlowLogs'
  AND errorcode IS NULL
  AND caller <> 'aws_service'

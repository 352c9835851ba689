-- title: "Account {caller_account} used {event} through the VPC endpoint {endpoint}"
-- kind: match
-- severity: medium
-- topics: [220]
-- mitre: [T1567, T1048]
-- why: Credentials of another account inside your network are how data leaves it unseen - to a bucket of the intruder, by a
--   service that is allowed everywhere.
-- do: Find the machine by its address; add aws:PrincipalOrgID to the policy of the endpoint.
-- false_positives: Vendors' agents that bring credentials of their own; name their accounts in the settings.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html]
-- group_by: [account, caller_account, endpoint]
-- accept: {cost: "any service may be behind an endpoint; the category alone tells it"}
SELECT coalesce(vpcendpointid, 'of unknown name') AS endpoint,
       useridentity.accountid AS caller_account,
       useridentity.type AS caller_type
FROM cloudtrail
WHERE eventtype IN ('AwsVpceEvent', 'AwsVpceEvents')
  AND useridentity.accountid <> coalesce(recipientaccountid, vpcendpointaccountid)
  AND trusted_account(useridentity.accountid) IS NOT TRUE
  AND caller <> 'aws_service'

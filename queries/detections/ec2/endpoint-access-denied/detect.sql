-- title: "{principal} was stopped by the policy of the VPC endpoint {endpoint}"
-- kind: match
-- severity: low
-- topics: [219]
-- mitre: [T1526, T1567]
-- why: A policy on an endpoint keeps data within known accounts. Whoever runs into it tries to reach a service or an account
--   that the network must not reach - copying data out with keys of another account looks like this.
-- do: See which machine asked, with whose credentials and for what.
-- false_positives: Programs that use buckets of vendors; endpoint policies that are too narrow.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html]
-- accept: {cost: "any service may be behind an endpoint; the error alone tells it"}
SELECT coalesce(vpcendpointid, 'of unknown name') AS endpoint,
       useridentity.accountid AS caller_account,
       CASE WHEN useridentity.accountid <> coalesce(recipientaccountid, vpcendpointaccountid)
             AND trusted_account(useridentity.accountid) IS NOT TRUE THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventtype IN ('AwsVpceEvent', 'AwsVpceEvents')
  AND errorcode = 'VpceAccessDenied'

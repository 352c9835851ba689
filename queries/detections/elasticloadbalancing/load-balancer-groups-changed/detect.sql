-- title: "{principal} changed the security groups of a load balancer"
-- kind: match
-- severity: low
-- topics: [203]
-- mitre: [T1562.007]
-- why: The security groups of a load balancer say who reaches what is behind it.
-- do: Compare the groups with those before.
-- false_positives: Deployments.
-- references: [https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSecurityGroups.html]
SELECT coalesce(json_text(requestparameters, 'loadBalancerArn'), json_text(requestparameters, 'loadBalancerName')) AS load_balancer,
       json_text(requestparameters, 'securityGroups') AS groups,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'elasticloadbalancing.amazonaws.com'
  AND eventname IN ('SetSecurityGroups', 'ApplySecurityGroupsToLoadBalancer')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

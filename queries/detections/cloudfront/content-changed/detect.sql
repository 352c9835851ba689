-- title: "{principal} changed what visitors of a site get: {event}"
-- kind: match
-- severity: low
-- topics: [410, 411]
-- mitre: [T1659, T1565]
-- why: A function or another origin puts foreign script into pages, or sends visitors and their cookies elsewhere.
-- do: Compare with the version before.
-- false_positives: Web developers.
-- references: [https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_PublishFunction.html]
-- group_by: [account, principal, target]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'id'), json_text(requestparameters, 'targetDistributionId')) AS target,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' WHEN eventname LIKE 'UpdateDistribution%' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'cloudfront.amazonaws.com'
  AND eventname IN ('CreateFunction', 'CreateFunction2020_05_31', 'UpdateFunction', 'UpdateFunction2020_05_31',
                    'PublishFunction', 'PublishFunction2020_05_31', 'AssociateAlias', 'AssociateAlias2020_05_31',
                    'UpdateDistribution', 'UpdateDistribution2020_05_31')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

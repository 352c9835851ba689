-- title: "{principal} lets clusters of EMR be open to the internet"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1562]
-- why: The block keeps clusters from starting with open security groups. Without it one rule too many opens Hadoop to
--   everybody.
-- do: Turn it on again.
-- false_positives: Test accounts.
-- references: [https://docs.aws.amazon.com/emr/latest/APIReference/API_PutBlockPublicAccessConfiguration.html]
-- group_by: [account, principal]
SELECT json_text(requestparameters, 'blockPublicAccessConfiguration') AS configuration,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'elasticmapreduce.amazonaws.com'
  AND eventname = 'PutBlockPublicAccessConfiguration'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND lower(json_text(requestparameters, 'blockPublicAccessConfiguration.blockPublicSecurityGroupRules')) = 'false'

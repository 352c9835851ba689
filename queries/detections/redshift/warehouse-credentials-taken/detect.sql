-- title: "{principal} got a password for the warehouse {cluster} as {user}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1078, T1213.006]
-- why: The call turns rights of IAM into a login of the database, of whichever user is named.
-- do: Ask the caller; look at the statements of that user.
-- false_positives: People who work with the warehouse.
-- references: [https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentials.html]
-- group_by: [account, principal, cluster]
SELECT coalesce(json_text(requestparameters, 'clusterIdentifier'), json_text(requestparameters, 'workgroupName'), 'of unknown name') AS cluster,
       coalesce(json_text(requestparameters, 'dbUser'), 'itself') AS user,
       denied AS refused,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' WHEN lower(json_text(requestparameters, 'autoCreate')) = 'true' OR regexp_like(lower(json_text(requestparameters, 'dbUser')), 'admin|awsuser|root') THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource IN ('redshift.amazonaws.com', 'redshift-serverless.amazonaws.com')
  AND eventname IN ('GetClusterCredentials', 'GetClusterCredentialsWithIAM', 'GetCredentials')
  AND caller <> 'aws_service'
  AND (errorcode IS NULL OR denied)

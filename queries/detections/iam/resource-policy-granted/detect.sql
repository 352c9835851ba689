-- title: "Policy of {resource}: {change}"
-- kind: match
-- severity: medium
-- topics: [188, 257, 258, 259]
-- mitre: [T1098, T1530]
-- why: The policy of a bucket, key, queue, topic, secret or function says who gets in from outside. A new principal
--   there is a new door.
-- do: Check that the principal is known and meant; narrow it, or add conditions such as aws:PrincipalOrgID or
--   aws:SourceArn.
-- false_positives: New partners and services; name their accounts in the settings.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html]
-- group_by: [account, resource]
-- enrich: trust
SELECT concat(split_part(eventsource, '.', 1), ' ',
              coalesce(json_text(requestparameters, 'bucketName'), json_text(requestparameters, 'keyId'),
                       json_text(responseelements, 'keyMetadata.arn'), json_text(requestparameters, 'queueUrl'),
                       json_text(requestparameters, 'topicArn'), json_text(requestparameters, 'secretId'),
                       json_text(requestparameters, 'repositoryName'), json_text(requestparameters, 'resourceArn'),
                       json_text(requestparameters, 'name'), json_text(requestparameters, 'fileSystemId'), json_text(requestparameters, 'backupVaultName'),
                       json_text(requestparameters, 'domainName'), json_text(requestparameters, 'vaultName'), json_text(requestparameters, 'domain'),
                       json_text(requestparameters, 'identity'), json_text(requestparameters, 'emailIdentity'), json_text(requestparameters, 'destinationName'),
                       json_text(requestparameters, 'policyName'), 'of unknown name')) AS resource,
       coalesce(json_text(requestparameters, 'bucketPolicy'), json_text(requestparameters, 'policy.policy'),
                json_text(requestparameters, 'policy'),
                json_text(requestparameters, 'attributes.Policy'), json_text(requestparameters, 'resourcePolicy'),
                CASE WHEN json_text(requestparameters, 'attributeName') = 'Policy' THEN json_text(requestparameters, 'attributeValue') END,
                json_text(requestparameters, 'policyText'), json_text(requestparameters, 'policyDocument'),
                json_text(requestparameters, 'accessPolicies'), json_text(requestparameters, 'policyInJson'),
                json_text(requestparameters, 'accessPolicy')) AS document
FROM cloudtrail
WHERE ((eventsource = 's3.amazonaws.com' AND eventname IN ('PutBucketPolicy', 'DeleteBucketPolicy'))
       OR (eventsource = 'kms.amazonaws.com' AND eventname IN ('PutKeyPolicy', 'CreateKey'))
       OR (eventsource = 'sqs.amazonaws.com' AND eventname = 'SetQueueAttributes'
           AND json_text(requestparameters, 'attributes.Policy') IS NOT NULL)
       OR (eventsource = 'sns.amazonaws.com' AND eventname = 'SetTopicAttributes'
           AND json_text(requestparameters, 'attributeName') = 'Policy')
       OR (eventsource = 'ecr.amazonaws.com' AND eventname IN ('SetRepositoryPolicy', 'DeleteRepositoryPolicy'))
       OR (eventsource = 'secretsmanager.amazonaws.com' AND eventname IN ('PutResourcePolicy', 'DeleteResourcePolicy'))
       OR (eventsource = 's3.amazonaws.com' AND eventname = 'PutAccessPointPolicy')
       OR (eventsource IN ('dynamodb.amazonaws.com', 'kinesis.amazonaws.com', 'glue.amazonaws.com', 'cloudtrail.amazonaws.com') AND eventname = 'PutResourcePolicy')
       OR (eventsource = 'elasticfilesystem.amazonaws.com' AND eventname = 'PutFileSystemPolicy')
       OR (eventsource = 'backup.amazonaws.com' AND eventname = 'PutBackupVaultAccessPolicy')
       OR (eventsource = 'glacier.amazonaws.com' AND eventname = 'SetVaultAccessPolicy')
       OR (eventsource = 'codeartifact.amazonaws.com' AND eventname IN ('PutDomainPermissionsPolicy', 'PutRepositoryPermissionsPolicy'))
       OR (eventsource = 'logs.amazonaws.com' AND eventname = 'PutDestinationPolicy')
       OR (eventsource = 'ses.amazonaws.com' AND eventname IN ('PutIdentityPolicy', 'CreateEmailIdentityPolicy', 'UpdateEmailIdentityPolicy'))
       OR (eventsource = 'es.amazonaws.com' AND eventname IN ('CreateElasticsearchDomain', 'UpdateElasticsearchDomainConfig', 'CreateDomain', 'UpdateDomainConfig')
           AND json_text(requestparameters, 'accessPolicies') IS NOT NULL))
  AND errorcode IS NULL

-- title: "{principal} opened {resource} to everybody"
-- kind: match
-- severity: high
-- topics: [258, 334, 361, 365, 369]
-- mitre: [T1530, T1537]
-- why: A policy that names everybody, with no condition that holds, gives the resource to the whole world.
-- do: Narrow the policy at once; look at who used the resource since.
-- false_positives: Public web sites and open data. Only the first three grants of a policy are looked at; the comparison with
--   the policy before, in resource-policy-granted, sees all.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html]
-- group_by: [account, principal, resource]
SELECT concat(split_part(eventsource, '.', 1), ' ',
              coalesce(json_text(requestparameters, 'bucketName'), json_text(requestparameters, 'queueUrl'), json_text(requestparameters, 'queueName'),
                       json_text(requestparameters, 'topicArn'), json_text(requestparameters, 'name'), json_text(requestparameters, 'keyId'),
                       json_text(responseelements, 'keyMetadata.arn'), json_text(requestparameters, 'repositoryName'),
                       json_text(requestparameters, 'domainName'), json_text(requestparameters, 'vaultName'), json_text(requestparameters, 'secretId'),
                       json_text(requestparameters, 'fileSystemId'), json_text(requestparameters, 'backupVaultName'), json_text(requestparameters, 'resourceArn'),
                       json_text(requestparameters, 'registryId'), 'of unknown name')) AS resource
FROM cloudtrail
WHERE eventsource IN ('s3.amazonaws.com', 'sqs.amazonaws.com', 'sns.amazonaws.com', 'kms.amazonaws.com', 'ecr.amazonaws.com', 'es.amazonaws.com',
                      'glacier.amazonaws.com', 'secretsmanager.amazonaws.com', 'backup.amazonaws.com', 'codeartifact.amazonaws.com', 'glue.amazonaws.com',
                      'dynamodb.amazonaws.com', 'kinesis.amazonaws.com', 'events.amazonaws.com', 'lambda.amazonaws.com',
                      'elasticfilesystem.amazonaws.com', 'logs.amazonaws.com', 'ses.amazonaws.com', 'mediastore.amazonaws.com', 'kafka.amazonaws.com',
                      's3express.amazonaws.com', 's3tables.amazonaws.com', 'cloudtrail.amazonaws.com', 'bedrock.amazonaws.com', 'signer.amazonaws.com')
  AND eventname IN ('PutBucketPolicy', 'SetQueueAttributes', 'CreateQueue', 'SetTopicAttributes', 'CreateTopic', 'PutKeyPolicy', 'CreateKey',
                    'SetRepositoryPolicy', 'PutRegistryPolicy', 'CreateElasticsearchDomain', 'UpdateElasticsearchDomainConfig', 'CreateDomain',
                    'UpdateDomainConfig', 'SetVaultAccessPolicy', 'PutResourcePolicy', 'PutBackupVaultAccessPolicy', 'PutDomainPermissionsPolicy',
                    'PutRepositoryPermissionsPolicy', 'PutPermission', 'PutAccessPointPolicy', 'PutFileSystemPolicy',
                    'PutDestinationPolicy', 'PutIdentityPolicy', 'CreateEmailIdentityPolicy', 'UpdateEmailIdentityPolicy', 'PutContainerPolicy',
                    'PutClusterPolicy', 'PutTableBucketPolicy', 'PutTablePolicy', 'PutMultiRegionAccessPointPolicy', 'PutRegistryPolicy')
  AND errorcode IS NULL
  AND (policy_grants(coalesce(json_text(requestparameters, 'bucketPolicy'), json_text(requestparameters, 'attributes.Policy'),
           CASE WHEN json_text(requestparameters, 'attributeName') = 'Policy' THEN json_text(requestparameters, 'attributeValue') END,
           json_text(requestparameters, 'policyText'), json_text(requestparameters, 'accessPolicies'), json_text(requestparameters, 'policy.policy'),
           json_text(requestparameters, 'resourcePolicy'), json_text(requestparameters, 'policyDocument'),
           json_text(requestparameters, 'policyInJson'), json_text(requestparameters, 'accessPolicy'), json_text(requestparameters, 'policy'),
           json_text(requestparameters, 'resourcePolicyDocument')), recipientaccountid)[1]['sentence'] LIKE 'everyone (public) may call %'
       OR policy_grants(coalesce(json_text(requestparameters, 'bucketPolicy'), json_text(requestparameters, 'attributes.Policy'),
           CASE WHEN json_text(requestparameters, 'attributeName') = 'Policy' THEN json_text(requestparameters, 'attributeValue') END,
           json_text(requestparameters, 'policyText'), json_text(requestparameters, 'accessPolicies'), json_text(requestparameters, 'policy.policy'),
           json_text(requestparameters, 'resourcePolicy'), json_text(requestparameters, 'policyDocument'),
           json_text(requestparameters, 'policyInJson'), json_text(requestparameters, 'accessPolicy'), json_text(requestparameters, 'policy'),
           json_text(requestparameters, 'resourcePolicyDocument')), recipientaccountid)[2]['sentence'] LIKE 'everyone (public) may call %'
       OR policy_grants(coalesce(json_text(requestparameters, 'bucketPolicy'), json_text(requestparameters, 'attributes.Policy'),
           CASE WHEN json_text(requestparameters, 'attributeName') = 'Policy' THEN json_text(requestparameters, 'attributeValue') END,
           json_text(requestparameters, 'policyText'), json_text(requestparameters, 'accessPolicies'), json_text(requestparameters, 'policy.policy'),
           json_text(requestparameters, 'resourcePolicy'), json_text(requestparameters, 'policyDocument'),
           json_text(requestparameters, 'policyInJson'), json_text(requestparameters, 'accessPolicy'), json_text(requestparameters, 'policy'),
           json_text(requestparameters, 'resourcePolicyDocument')), recipientaccountid)[3]['sentence'] LIKE 'everyone (public) may call %')

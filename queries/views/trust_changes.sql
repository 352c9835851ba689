-- title: Trust and resource policy changes
-- description: One row per call that changes who may assume a role or reach a resource; `document` is the policy it sets, where the
--   call carries one, and `change` a short form of what it asks for, where it does not.
SELECT
    eventtime,
    recipientaccountid AS account,
    principal,
    caller,
    eventsource,
    eventname,
    awsregion AS region,
    sourceipaddress,
    errorcode,
    denied,
    coalesce(
        json_extract_scalar(requestparameters, '$.roleName'),
        json_extract_scalar(requestparameters, '$.bucketName'),
        json_extract_scalar(requestparameters, '$.keyId'),
        json_extract_scalar(requestparameters, '$.functionName'),
        json_extract_scalar(requestparameters, '$.queueUrl'),
        json_extract_scalar(requestparameters, '$.topicArn'),
        json_extract_scalar(requestparameters, '$.repositoryName'),
        json_extract_scalar(requestparameters, '$.secretId'),
        json_extract_scalar(requestparameters, '$.snapshotId'),
        json_extract_scalar(requestparameters, '$.imageId'),
        json_extract_scalar(requestparameters, '$.dBSnapshotIdentifier'),
        json_extract_scalar(requestparameters, '$.name'),
        json_extract_scalar(requestparameters, '$.url'),
        resources[1].arn
    ) AS target,
    CASE
        WHEN eventname = 'CreateRole' THEN json_extract_scalar(requestparameters, '$.assumeRolePolicyDocument')
        WHEN eventname = 'UpdateAssumeRolePolicy' THEN json_extract_scalar(requestparameters, '$.policyDocument')
        WHEN eventname = 'PutBucketPolicy' THEN json_text(requestparameters, 'bucketPolicy')
        WHEN eventname IN ('PutKeyPolicy', 'CreateKey') THEN json_extract_scalar(requestparameters, '$.policy')
        WHEN eventname LIKE 'AddPermission%' AND eventsource = 'lambda.amazonaws.com'
            THEN '{"Statement":' || json_extract_scalar(responseelements, '$.statement') || '}'
        WHEN eventname IN ('SetQueueAttributes', 'CreateQueue') THEN json_extract_scalar(requestparameters, '$.attributes.Policy')
        WHEN eventname = 'SetTopicAttributes' THEN json_extract_scalar(requestparameters, '$.attributeValue')
        WHEN eventname = 'SetRepositoryPolicy' THEN json_extract_scalar(requestparameters, '$.policyText')
        WHEN eventname = 'PutResourcePolicy' THEN json_text(requestparameters, 'resourcePolicy')
    END AS document,
    CASE
        WHEN eventname = 'CreateGrant' THEN 'grant to ' || json_text(requestparameters, 'granteePrincipal')
        WHEN eventname = 'ModifySnapshotAttribute' THEN json_text(requestparameters, 'createVolumePermission')
        WHEN eventname = 'ModifyImageAttribute' THEN json_text(requestparameters, 'launchPermission')
        WHEN eventname IN ('ModifyDBSnapshotAttribute', 'ModifyDBClusterSnapshotAttribute') THEN json_text(requestparameters, 'valuesToAdd')
        WHEN eventname LIKE '%SAMLProvider%' OR eventname LIKE '%OpenIDConnectProvider%' THEN 'identity provider'
        WHEN eventsource = 'ram.amazonaws.com' THEN json_text(requestparameters, 'principals')
    END AS change,
    eventid
FROM cloudtrail
WHERE
    (eventsource = 'iam.amazonaws.com' AND eventname IN (
        'CreateRole', 'UpdateAssumeRolePolicy', 'CreateSAMLProvider', 'UpdateSAMLProvider', 'CreateOpenIDConnectProvider',
        'AddClientIDToOpenIDConnectProvider', 'UpdateOpenIDConnectProviderThumbprint'))
    OR (eventsource = 's3.amazonaws.com' AND eventname = 'PutBucketPolicy')
    OR (eventsource = 'kms.amazonaws.com' AND (
        eventname = 'PutKeyPolicy'
        OR (eventname = 'CreateKey' AND json_extract_scalar(requestparameters, '$.policy') IS NOT NULL)
        OR (eventname = 'CreateGrant' AND useridentity.invokedby IS NULL)))
    OR (eventsource = 'lambda.amazonaws.com' AND eventname LIKE 'AddPermission%')
    OR (eventsource = 'sqs.amazonaws.com' AND eventname IN ('SetQueueAttributes', 'CreateQueue')
        AND json_extract_scalar(requestparameters, '$.attributes.Policy') IS NOT NULL)
    OR (eventsource = 'sns.amazonaws.com' AND eventname = 'SetTopicAttributes'
        AND json_extract_scalar(requestparameters, '$.attributeName') = 'Policy')
    OR (eventsource = 'ecr.amazonaws.com' AND eventname = 'SetRepositoryPolicy')
    OR (eventsource = 'secretsmanager.amazonaws.com' AND eventname = 'PutResourcePolicy')
    OR (eventsource = 'ec2.amazonaws.com' AND eventname IN ('ModifySnapshotAttribute', 'ModifyImageAttribute'))
    OR (eventsource = 'rds.amazonaws.com' AND eventname IN ('ModifyDBSnapshotAttribute', 'ModifyDBClusterSnapshotAttribute'))
    OR (eventsource = 'ram.amazonaws.com' AND eventname IN ('CreateResourceShare', 'AssociateResourceShare'))

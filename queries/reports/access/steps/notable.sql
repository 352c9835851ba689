-- title: The events that the report shows one by one, and all that was done to access keys
SELECT *
FROM cloudtrail
WHERE useridentity.type = 'Root'
    OR eventsource IN ('signin.amazonaws.com', 'ram.amazonaws.com')
    OR eventname IN (
        'CreateRole', 'UpdateAssumeRolePolicy', 'CreateSAMLProvider', 'UpdateSAMLProvider', 'CreateOpenIDConnectProvider',
        'AddClientIDToOpenIDConnectProvider', 'UpdateOpenIDConnectProviderThumbprint', 'PutBucketPolicy', 'PutKeyPolicy', 'CreateKey',
        'CreateGrant', 'SetQueueAttributes', 'CreateQueue', 'SetTopicAttributes', 'SetRepositoryPolicy', 'PutResourcePolicy',
        'ModifySnapshotAttribute', 'ModifyImageAttribute', 'ModifyDBSnapshotAttribute', 'ModifyDBClusterSnapshotAttribute',
        'CreateAccessKey', 'UpdateAccessKey', 'DeleteAccessKey')
    OR eventname LIKE 'AddPermission%'

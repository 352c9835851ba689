-- title: "{principal} did {event} through the VPC endpoint {endpoint}"
-- kind: match
-- severity: low
-- topics: [222]
-- mitre: [T1562.008, T1098]
-- why: Trails, keys and secrets are managed by pipelines and people, not by machines inside the network. A machine that does
--   it may be in other hands.
-- do: Find the machine by its address; ask what it is for.
-- false_positives: Build servers inside the network.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html]
SELECT coalesce(vpcendpointid, 'of unknown name') AS endpoint,
       CASE WHEN eventname IN ('GetSecretValue', 'BatchGetSecretValue', 'ListSecrets') OR caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventtype IN ('AwsVpceEvent', 'AwsVpceEvents')
  AND eventsource IN ('cloudtrail.amazonaws.com', 'kms.amazonaws.com', 'secretsmanager.amazonaws.com')
  AND eventname IN ('CreateTrail', 'UpdateTrail', 'DeleteTrail', 'StopLogging', 'PutEventSelectors', 'PutInsightSelectors',
                    'DeleteEventDataStore', 'StopEventDataStoreIngestion', 'DisableKey', 'ScheduleKeyDeletion', 'PutKeyPolicy',
                    'CreateGrant', 'ReplicateKey', 'ImportKeyMaterial', 'DeleteImportedKeyMaterial', 'GetSecretValue',
                    'BatchGetSecretValue', 'ListSecrets', 'PutSecretValue', 'UpdateSecret', 'DeleteSecret', 'PutResourcePolicy')
  AND caller <> 'aws_service'

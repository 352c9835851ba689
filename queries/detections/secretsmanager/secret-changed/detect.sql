-- title: "{principal} changed the secret {secret}: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1098, T1485, T1531]
-- why: Whoever sets the value of a secret decides what programs trust; whoever sets its rotation function gets every new
--   value; whoever deletes it at once or copies it to another region takes it out of its owner's hands.
-- do: Check that the change was meant, first of all the rotation function and deletions without the waiting time.
-- false_positives: Rotation by programs, deployments.
-- references: [https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html]
-- group_by: [account, principal, secret]
SELECT coalesce(json_text(requestparameters, 'secretId'), json_text(responseelements, 'name')) AS secret,
       json_text(requestparameters, 'rotationLambdaARN') AS rotation_function,
       CASE WHEN caller = 'iac' THEN 'info'
            WHEN eventname = 'DeleteSecret' AND json_text(requestparameters, 'forceDeleteWithoutRecovery') = 'true' THEN 'high'
            WHEN eventname = 'RotateSecret' AND json_text(requestparameters, 'rotationLambdaARN') IS NOT NULL THEN 'medium'
            WHEN eventname IN ('DeleteSecret', 'ReplicateSecretToRegions', 'StopReplicationToReplica') THEN 'medium'
            WHEN caller = 'workload' THEN 'info'
            ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'secretsmanager.amazonaws.com'
  AND eventname IN ('RotateSecret', 'CancelRotateSecret', 'PutSecretValue', 'UpdateSecret', 'UpdateSecretVersionStage',
                    'DeleteSecret', 'ReplicateSecretToRegions', 'StopReplicationToReplica')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

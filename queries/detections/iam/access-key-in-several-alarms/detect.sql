-- title: "The access key {access_key} of {principal} did {kinds} kinds of alarming things in a day: {what}"
-- kind: window
-- severity: high
-- topics: [58]
-- mitre: [T1078.004, T1552]
-- why: One alarm may be an accident. One long-lived key that touches logging, identities, secrets and data on one day is
--   an incident.
-- do: Disable the key first, then read its day from the first call on.
-- false_positives: An administrator who still works with an access key.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html]
-- window: 1d
-- every: 12h
-- group_by: [account, access_key]
-- threshold: {kinds: 3}
SELECT account,
       min(principal) AS principal,
       access_key,
       min(region) AS region,
       min(at) AS first,
       max(at) AS last,
       count(*) AS count,
       count(DISTINCT kind) AS kinds,
       array_to_string(array_sort(array_agg(DISTINCT kind)), ', ') AS what,
       array_agg(DISTINCT action) AS actions,
       array_agg(DISTINCT address) AS addresses,
       array_agg(id) AS event_ids,
       CASE WHEN count(DISTINCT kind) >= 4 AND bool_and(NOT by_code) THEN 'critical' WHEN bool_and(by_code) THEN 'low' ELSE 'high' END AS severity
FROM (SELECT recipientaccountid AS account, principal, useridentity.accesskeyid AS access_key, awsregion AS region, eventtime AS at, eventid AS id,
             sourceipaddress AS address, concat(split_part(eventsource, '.', 1), ':', eventname) AS action, caller = 'iac' AS by_code, _window,
             CASE WHEN eventname IN ('StopLogging', 'DeleteTrail', 'PutEventSelectors', 'DeleteFlowLogs', 'DeleteDetector', 'UpdateDetector',
                                     'StopConfigurationRecorder', 'DeleteConfigurationRecorder', 'DisableSecurityHub') THEN 'logging'
                  WHEN eventname IN ('CreateAccessKey', 'CreateLoginProfile', 'UpdateLoginProfile', 'CreateUser', 'GetFederationToken',
                                     'UpdateAssumeRolePolicy') THEN 'identities'
                  WHEN eventname IN ('AttachUserPolicy', 'PutUserPolicy', 'AttachRolePolicy', 'PutRolePolicy', 'CreatePolicyVersion',
                                     'SetDefaultPolicyVersion', 'AddUserToGroup') THEN 'rights'
                  WHEN eventname IN ('GetSecretValue', 'BatchGetSecretValue', 'GetPasswordData', 'GetParametersByPath') THEN 'secrets'
                  WHEN eventname IN ('ModifySnapshotAttribute', 'ModifyImageAttribute', 'ModifyDBSnapshotAttribute', 'PutBucketPolicy',
                                     'DeletePublicAccessBlock', 'DeleteBucketPublicAccessBlock', 'AuthorizeSecurityGroupIngress') THEN 'doors to the outside'
                  WHEN eventname IN ('DeleteBucket', 'DeleteDBInstance', 'ScheduleKeyDeletion', 'DeleteRecoveryPoint', 'TerminateInstances')
                    THEN 'destruction'
                  WHEN eventname IN ('SendCommand', 'StartSession', 'UpdateFunctionCode20150331v2', 'ModifyInstanceAttribute') THEN 'code' END AS kind
      FROM cloudtrail
      WHERE useridentity.accesskeyid LIKE 'AKIA%'
        AND useridentity.type = 'IAMUser'
        AND eventname IN ('StopLogging', 'DeleteTrail', 'PutEventSelectors', 'DeleteFlowLogs', 'DeleteDetector', 'UpdateDetector',
              'StopConfigurationRecorder', 'DeleteConfigurationRecorder', 'DisableSecurityHub', 'CreateAccessKey', 'CreateLoginProfile',
              'UpdateLoginProfile', 'CreateUser', 'GetFederationToken', 'UpdateAssumeRolePolicy', 'AttachUserPolicy', 'PutUserPolicy',
              'AttachRolePolicy', 'PutRolePolicy', 'CreatePolicyVersion', 'SetDefaultPolicyVersion', 'AddUserToGroup', 'GetSecretValue',
              'BatchGetSecretValue', 'GetPasswordData', 'GetParametersByPath', 'ModifySnapshotAttribute', 'ModifyImageAttribute',
              'ModifyDBSnapshotAttribute', 'PutBucketPolicy', 'DeletePublicAccessBlock', 'DeleteBucketPublicAccessBlock',
              'AuthorizeSecurityGroupIngress', 'DeleteBucket', 'DeleteDBInstance', 'ScheduleKeyDeletion', 'DeleteRecoveryPoint',
              'TerminateInstances', 'SendCommand', 'StartSession', 'UpdateFunctionCode20150331v2', 'ModifyInstanceAttribute')) AS acts
GROUP BY account, access_key, _window
HAVING count(DISTINCT kind) >= $kinds

-- title: "{principal} took backups or their protection away: {event} {vault}"
-- kind: match
-- severity: high
-- topics: [379, 380]
-- mitre: [T1490, T1485, T1562]
-- why: Recovery points, vaults and their locks are the way back after extortion, so they go first.
-- do: Check that it was meant; look at what else was deleted.
-- false_positives: Clean-up of old plans.
-- references: [https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteRecoveryPoint.html]
-- group_by: [account, principal, vault]
SELECT coalesce(json_text(requestparameters, 'backupVaultName'), 'a vault') AS vault,
       json_text(requestparameters, 'recoveryPointArn') AS recovery_point,
       CASE WHEN caller IN ('iac', 'workload') THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'backup.amazonaws.com'
  AND eventname IN ('DeleteRecoveryPoint', 'DisassociateRecoveryPoint', 'DeleteBackupVault', 'DeleteBackupVaultLockConfiguration',
                    'DeleteBackupVaultAccessPolicy', 'DeleteBackupPlan', 'DeleteBackupSelection', 'UpdateRecoveryPointLifecycle')
  AND (eventname <> 'UpdateRecoveryPointLifecycle' OR TRY_CAST(json_text(requestparameters, 'lifecycle.deleteAfterDays') AS BIGINT) <= 7)
  AND errorcode IS NULL
  AND caller <> 'aws_service'

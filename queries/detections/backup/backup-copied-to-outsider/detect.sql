-- title: "{principal} copies a backup to account {owner}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1537]
-- why: A backup holds everything. Copied to a stranger's account it is gone.
-- do: Stop the job; ask whose account it is.
-- false_positives: "A vault that another account of yours keeps: name it as trusted."
-- references: [https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StartCopyJob.html]
-- group_by: [account, principal]
SELECT split_part(json_text(requestparameters, 'destinationBackupVaultArn'), ':', 5) AS owner,
       json_text(requestparameters, 'recoveryPointArn') AS recovery_point
FROM cloudtrail
WHERE eventsource = 'backup.amazonaws.com'
  AND eventname = 'StartCopyJob'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (split_part(json_text(requestparameters, 'destinationBackupVaultArn'), ':', 5) IS DISTINCT FROM recipientaccountid)
  AND trusted_account(split_part(json_text(requestparameters, 'destinationBackupVaultArn'), ':', 5)) IS NOT TRUE

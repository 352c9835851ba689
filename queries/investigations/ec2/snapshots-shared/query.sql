-- title: Snapshots and images that were shared
-- description: Volume and database snapshots and machine images whose permissions changed, with who was let in and who was shut out.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    awsregion AS region,
    principal,
    eventname,
    coalesce(json_text(requestparameters, 'snapshotId'), json_text(requestparameters, 'imageId'), json_text(requestparameters, 'dBSnapshotIdentifier'),
        json_text(requestparameters, 'dBClusterSnapshotIdentifier')) AS target,
    coalesce(json_text(requestparameters, 'createVolumePermission.add.items'), json_text(requestparameters, 'launchPermission.add.items'),
        json_text(requestparameters, 'valuesToAdd')) AS added,
    coalesce(json_text(requestparameters, 'createVolumePermission.remove.items'), json_text(requestparameters, 'launchPermission.remove.items'),
        json_text(requestparameters, 'valuesToRemove')) AS removed,
    errorcode,
    eventid
FROM cloudtrail
WHERE eventsource IN ('ec2.amazonaws.com', 'rds.amazonaws.com')
    AND eventname IN ('ModifySnapshotAttribute', 'ModifyImageAttribute', 'ModifyDBSnapshotAttribute', 'ModifyDBClusterSnapshotAttribute')
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid

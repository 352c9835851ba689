-- title: "{principal} {act} the snapshot {snapshot}"
-- kind: match
-- severity: low
-- topics: [230, 232]
-- mitre: [T1490, T1578]
-- why: A lock keeps snapshots from being deleted; those who may use a copy are cut off when their right is taken.
-- do: Check that it was meant; look whether snapshots were deleted.
-- false_positives: Clean-up.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UnlockSnapshot.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'snapshotId'), json_text(requestparameters, 'UnlockSnapshotRequest.SnapshotId'), 'of unknown name') AS snapshot,
       CASE eventname WHEN 'UnlockSnapshot' THEN 'unlocked' ELSE 'took rights from' END AS act,
       CASE WHEN caller = 'iac' THEN 'info' WHEN eventname = 'UnlockSnapshot' THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('UnlockSnapshot', 'ModifySnapshotAttribute')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname = 'UnlockSnapshot' OR json_text(requestparameters, 'createVolumePermission.remove.items') IS NOT NULL)

-- title: "{principal} reads the blocks of the snapshot {snapshot}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1530, T1537]
-- why: "The direct way into a snapshot: the disk is copied block by block, with no sharing and no machine that anybody
--   would see."
-- do: Ask the caller; count the blocks in the data events, if they are recorded.
-- false_positives: Backup products that work this way; name their role in an exception.
-- references: [https://docs.aws.amazon.com/ebs/latest/APIReference/API_ListSnapshotBlocks.html]
-- group_by: [account, principal, snapshot]
SELECT coalesce(json_text(requestparameters, 'snapshotId'), json_text(requestparameters, 'secondSnapshotId'), 'of unknown name') AS snapshot,
       denied AS refused,
       CASE WHEN caller IN ('iac', 'workload') THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'ebs.amazonaws.com'
  AND eventname IN ('ListSnapshotBlocks', 'ListChangedBlocks', 'GetSnapshotBlock')
  AND caller <> 'aws_service'
  AND (errorcode IS NULL OR denied)

-- title: "{principal} copied database snapshots from another region"
-- kind: match
-- severity: low
-- topics: [298]
-- mitre: [T1537, T1578.001]
-- why: A copy in a region that nobody looks at, under another key, is a step on the way out.
-- do: Check that the region is one of yours; look at the copy's key and shares.
-- false_positives: Copies for disaster recovery.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CopyDBSnapshot.html]
SELECT coalesce(json_text(requestparameters, 'sourceDBSnapshotIdentifier'), json_text(requestparameters, 'sourceDBClusterSnapshotIdentifier')) AS source,
       awsregion AS to_region,
       json_text(requestparameters, 'kmsKeyId') AS key,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('CopyDBSnapshot', 'CopyDBClusterSnapshot')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (json_text(requestparameters, 'sourceRegion') IS NOT NULL
       OR coalesce(nullif(split_part(coalesce(json_text(requestparameters, 'sourceDBSnapshotIdentifier'), json_text(requestparameters, 'sourceDBClusterSnapshotIdentifier')), ':', 4), ''), awsregion) <> awsregion)

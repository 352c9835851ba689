-- title: "{principal} looked for database snapshots of other accounts"
-- kind: match
-- severity: low
-- topics: [300]
-- mitre: [T1580, T1526]
-- why: Public and shared snapshots of others are searched for what somebody shared by mistake - seldom by programs.
-- do: Ask the owner.
-- false_positives: Research; the console lists public snapshots when it is asked to.
-- references: [https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBSnapshots.html]
SELECT json_text(requestparameters, 'includePublic') AS public,
       json_text(requestparameters, 'includeShared') AS shared
FROM cloudtrail
WHERE eventsource = 'rds.amazonaws.com'
  AND eventname IN ('DescribeDBSnapshots', 'DescribeDBClusterSnapshots')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (lower(json_text(requestparameters, 'includePublic')) = 'true' OR lower(json_text(requestparameters, 'includeShared')) = 'true'
       OR json_text(requestparameters, 'snapshotType') IN ('public', 'shared'))

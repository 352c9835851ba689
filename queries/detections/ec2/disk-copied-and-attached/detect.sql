-- title: "{principal} made a snapshot, a disk of it, and put the disk on another machine"
-- kind: window
-- severity: medium
-- topics: [413, 415, 416]
-- mitre: [T1003.003, T1578.001, T1578.002]
-- why: So the disk of a domain controller or of a database is read offline, without a word to the machine that it belongs
--   to.
-- do: Look at the machine that it was attached to, and at what left it.
-- false_positives: Rescue of a machine that does not start.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachVolume.html]
-- window: 2h
-- every: 1h
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       array_agg(DISTINCT json_text(requestparameters, 'snapshotId')) AS snapshots,
       array_agg(DISTINCT json_text(requestparameters, 'instanceId')) AS machines,
       array_agg(eventid) AS event_ids
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('CreateSnapshot', 'CreateSnapshots', 'CreateVolume', 'AttachVolume')
  AND errorcode IS NULL
  AND caller IN ('human', 'unknown')
  AND (eventname <> 'CreateVolume' OR json_text(requestparameters, 'snapshotId') IS NOT NULL)
GROUP BY principal, recipientaccountid, _window
HAVING min(CASE WHEN eventname LIKE 'CreateSnapshot%' THEN eventtime END) <= max(CASE WHEN eventname = 'CreateVolume' THEN eventtime END)
   AND min(CASE WHEN eventname = 'CreateVolume' THEN eventtime END) <= max(CASE WHEN eventname = 'AttachVolume' THEN eventtime END)

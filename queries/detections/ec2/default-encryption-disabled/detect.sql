-- title: "{principal} turned off the default encryption of volumes in {where}"
-- kind: match
-- severity: medium
-- topics: [161, 233]
-- mitre: [T1562.001, T1565]
-- why: New volumes and snapshots of the region are no longer encrypted, so that a shared snapshot can be read by anybody.
-- do: Turn it on again; look at volumes and snapshots made since.
-- false_positives: Hardly any.
SELECT coalesce(awsregion, 'a region') AS where
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname = 'DisableEbsEncryptionByDefault'
  AND errorcode IS NULL
  AND caller <> 'aws_service'

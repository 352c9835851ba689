-- title: "{principal} took off what keeps images or snapshots from becoming public: {event}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1562, T1537]
-- why: The block stands for the whole region. Without it one call makes a disk of the company readable for everybody.
-- do: Turn it on again; look for images and snapshots that were shared since.
-- false_positives: Somebody who publishes images on purpose.
-- references:
--   - https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisableImageBlockPublicAccess.html
--   - https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisableSnapshotBlockPublicAccess.html
-- group_by: [account, principal]
SELECT awsregion AS where,
       CASE WHEN caller = 'iac' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('DisableImageBlockPublicAccess', 'DisableSnapshotBlockPublicAccess')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

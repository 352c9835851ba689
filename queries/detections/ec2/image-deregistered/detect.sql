-- title: "{principal} deregistered the image {image}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1485, T1490]
-- why: What starts from the image, such as a group that scales or a rebuild after an attack, no longer can. Intruders take
--   images away together with snapshots, so that nothing comes back.
-- do: Look whether the Recycle Bin has it; ask who did it; look at what else was deleted in that hour.
-- false_positives: Clean-up of old images by people and their scripts; at the console it is told as low.
-- references:
--   - https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeregisterImage.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.impact.ec2-deregister-ami/
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'imageId'), 'of unknown name') AS image,
       json_text(requestparameters, 'deleteAssociatedSnapshots') AS with_snapshots,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' WHEN lower(json_text(requestparameters, 'deleteAssociatedSnapshots')) = 'true' THEN 'medium'
            WHEN sessioncredentialfromconsole IS NOT NULL OR useragent LIKE 'Mozilla/%' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname = 'DeregisterImage'
  AND errorcode IS NULL
  AND caller <> 'aws_service'

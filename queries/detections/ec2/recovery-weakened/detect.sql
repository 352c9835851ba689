-- title: "{principal} weakened what brings machines and disks back: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1490]
-- why: Rules of the Recycle Bin, plans that take snapshots, and guards against deletion are what a victim falls back on.
--   They go first, the data after.
-- do: Put them back; look for deletions since.
-- false_positives: A change of the backup software; machines that are about to be replaced.
-- references:
--   - https://docs.aws.amazon.com/recyclebin/latest/APIReference/API_DeleteRule.html
--   - https://docs.aws.amazon.com/dlm/latest/APIReference/API_DeleteLifecyclePolicy.html
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'identifier'), json_text(requestparameters, 'policyId'), json_text(requestparameters, 'imageId'),
                json_text(requestparameters, 'instanceId')) AS target,
       CASE WHEN caller = 'iac' THEN 'low' WHEN eventsource = 'ec2.amazonaws.com' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource IN ('rbin.amazonaws.com', 'dlm.amazonaws.com', 'ec2.amazonaws.com')
  AND eventname IN ('DeleteRule', 'UnlockRule', 'DeleteLifecyclePolicy', 'UpdateLifecyclePolicy', 'DisableImageDeregistrationProtection',
                    'ModifyInstanceAttribute')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname <> 'UpdateLifecyclePolicy' OR upper(json_text(requestparameters, 'state')) = 'DISABLED')
  AND (eventname <> 'ModifyInstanceAttribute'
       OR coalesce(json_text(requestparameters, 'disableApiTermination.value'), json_text(requestparameters, 'disableApiTermination'),
                   json_text(requestparameters, 'disableApiStop.value')) = 'false')

-- title: "{principal} changed who reaches the file system {file_system}: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1562, T1530]
-- why: Without a policy whoever reaches the mount target may read and write.
-- do: Compare with the policy before.
-- false_positives: Administration of file systems.
-- references: [https://docs.aws.amazon.com/efs/latest/ug/API_DeleteFileSystemPolicy.html]
-- group_by: [account, principal, file_system]
SELECT coalesce(json_text(requestparameters, 'fileSystemId'), json_text(requestparameters, 'mountTargetId'), 'of unknown name') AS file_system,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'elasticfilesystem.amazonaws.com'
  AND eventname IN ('PutFileSystemPolicy', 'DeleteFileSystemPolicy', 'ModifyMountTargetSecurityGroups', 'CreateMountTarget')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

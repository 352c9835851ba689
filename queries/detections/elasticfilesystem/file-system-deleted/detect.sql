-- title: "{principal} deleted a file system or the way to it: {event} {file_system}"
-- kind: match
-- severity: medium
-- topics: [381, 382]
-- mitre: [T1485, T1489]
-- why: All files are gone with the file system; it can be deleted once the machines' way to it, the mount targets, is.
-- do: Check that it was meant; look for backups.
-- false_positives: Taking down an environment.
-- references: [https://docs.aws.amazon.com/efs/latest/ug/API_DeleteFileSystem.html]
SELECT coalesce(json_text(requestparameters, 'fileSystemId'), json_text(requestparameters, 'mountTargetId'), '') AS file_system,
       CASE WHEN caller = 'iac' THEN 'low' WHEN eventname = 'DeleteFileSystem' THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'elasticfilesystem.amazonaws.com'
  AND eventname IN ('DeleteFileSystem', 'DeleteMountTarget')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

-- title: "{principal} changed where the build {project} takes its code or settings from"
-- kind: match
-- severity: low
-- topics: [340, 341]
-- mitre: [T1195.002, T1552]
-- why: A build runs whatever its source says, with its role. Another source or other settings bring somebody else's code in.
-- do: Compare the project with what it should be.
-- false_positives: Developers and deployments.
-- references: [https://docs.aws.amazon.com/codebuild/latest/APIReference/API_UpdateProject.html]
-- group_by: [account, principal, project]
SELECT coalesce(json_text(requestparameters, 'name'), 'of unknown name') AS project,
       json_text(requestparameters, 'source.location') AS source,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'codebuild.amazonaws.com'
  AND eventname = 'UpdateProject'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (json_text(requestparameters, 'source') IS NOT NULL OR json_text(requestparameters, 'environment') IS NOT NULL
       OR json_text(requestparameters, 'secondarySources') IS NOT NULL)

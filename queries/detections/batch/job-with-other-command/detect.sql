-- title: "{principal} ran the job {job} with another command"
-- kind: match
-- severity: low
-- topics: [331]
-- mitre: [T1059, T1648]
-- why: The definition of a job says what it runs; whoever submits it may say otherwise, and gets the role of the job.
-- do: Read the command; ask the owner.
-- false_positives: People who run jobs by hand.
-- references: [https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitJob.html]
-- group_by: [account, principal, job]
SELECT coalesce(json_text(requestparameters, 'jobDefinition'), json_text(requestparameters, 'jobName'), 'of unknown name') AS job,
       json_text(requestparameters, 'containerOverrides.command') AS command
FROM cloudtrail
WHERE eventsource = 'batch.amazonaws.com'
  AND eventname = 'SubmitJob'
  AND errorcode IS NULL
  AND caller IN ('human', 'unknown')
  AND (json_text(requestparameters, 'containerOverrides.command') IS NOT NULL
       OR json_text(requestparameters, 'ecsPropertiesOverride') IS NOT NULL OR json_text(requestparameters, 'eksPropertiesOverride') IS NOT NULL)

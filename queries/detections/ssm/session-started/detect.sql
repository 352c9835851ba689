-- title: "{principal} opened a shell on {target}"
-- kind: match
-- severity: low
-- topics: [324]
-- mitre: [T1021.007, T1651]
-- why: A session of Systems Manager is a shell on the machine that no security group sees.
-- do: Ask the owner; the session may have a log.
-- false_positives: Administrators who work this way every day.
-- references: [https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartSession.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'target'), json_text(requestparameters, 'sessionId'), 'a machine') AS target,
       json_text(requestparameters, 'documentName') AS document,
       CASE WHEN caller = 'workload' AND useridentity.sessioncontext.ec2roledelivery IS NOT NULL THEN 'medium' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ssm.amazonaws.com'
  AND eventname IN ('StartSession', 'ResumeSession')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

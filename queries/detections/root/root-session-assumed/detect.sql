-- title: "{principal} took a root session of account {target} for {task}"
-- kind: match
-- severity: medium
-- topics: [8]
-- mitre: [T1078.004, T1548.005]
-- why: Central root access lets the management account act as root of a member for a task. The call is logged only
--   where it came from.
-- do: Check that the task was wanted. The acts themselves are in root-session-actions.
-- false_positives: Planned clean-up of root credentials in member accounts.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html]
-- group_by: [account, principal, target]
SELECT json_text(requestparameters, 'targetPrincipal') AS target,
       regexp_replace(coalesce(json_text(requestparameters, 'taskPolicyArn.arn'), 'an unknown task'), '^.*/', '') AS task,
       json_text(responseelements, 'credentials.accessKeyId') AS session_key,
       CASE WHEN errorcode IS NOT NULL THEN 'low'
            WHEN json_text(requestparameters, 'taskPolicyArn.arn') LIKE '%Audit%' THEN 'medium'
            ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'sts.amazonaws.com'
  AND eventname = 'AssumeRoot'

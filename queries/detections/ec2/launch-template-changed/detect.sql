-- title: "{principal} {act} the launch template {template}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1578, T1098.003]
-- why: "The next instance of a group starts with the template's commands and role: whoever writes a version and makes it
--   the default runs code with that role."
-- do: Read the version's user data and profile, and compare with the one before.
-- false_positives: New images; mostly by pipelines.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-launch-templates.html]
-- group_by: [account, principal, template]
SELECT coalesce(json_text(requestparameters, 'CreateLaunchTemplateVersionRequest.LaunchTemplateId'),
                json_text(requestparameters, 'CreateLaunchTemplateVersionRequest.LaunchTemplateName'),
                json_text(requestparameters, 'ModifyLaunchTemplateRequest.LaunchTemplateId'),
                json_text(requestparameters, 'ModifyLaunchTemplateRequest.LaunchTemplateName'),
                json_text(requestparameters, 'launchTemplateId'), json_text(requestparameters, 'launchTemplateName'), 'of unknown id') AS template,
       CASE WHEN eventname = 'ModifyLaunchTemplate' THEN 'chose another default version of' ELSE 'wrote a version of' END AS act,
       CASE WHEN caller = 'iac' THEN 'info' WHEN caller = 'human' AND regexp_like(requestparameters, '(?i)"(UserData|IamInstanceProfile)"') THEN 'medium'
            ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('CreateLaunchTemplateVersion', 'ModifyLaunchTemplate')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

-- title: "{principal} {act} the instance profile {profile}"
-- kind: match
-- severity: low
-- topics: [87]
-- mitre: [T1098, T1098.003]
-- why: The role in an instance profile is what every program on the instances is. Another role there gives or takes
--   rights without touching an instance.
-- do: Check that the role was meant for these instances.
-- false_positives: Set-up of instances; by code it is info.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html]
SELECT concat(CASE WHEN eventname = 'AddRoleToInstanceProfile' THEN 'put the role ' ELSE 'took the role ' END,
              coalesce(json_text(requestparameters, 'roleName'), 'of unknown name'),
              CASE WHEN eventname = 'AddRoleToInstanceProfile' THEN ' into' ELSE ' out of' END) AS act,
       coalesce(json_text(requestparameters, 'instanceProfileName'), 'of unknown name') AS profile,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('AddRoleToInstanceProfile', 'RemoveRoleFromInstanceProfile')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

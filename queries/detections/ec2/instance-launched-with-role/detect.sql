-- title: "{principal} launched instances with the role profile {profile}"
-- kind: match
-- severity: info
-- topics: []
-- mitre: [T1098.003, T1578.002]
-- why: Whoever launches an instance controls it, and so acts with the role it was given. PassRole has no event of its
--   own; this is where it shows.
-- do: Compare the profile's role with what the launcher may do.
-- false_positives: Every launch of servers that need rights.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html]
-- group_by: [account, principal, profile]
SELECT coalesce(json_text(requestparameters, 'iamInstanceProfile.arn'), json_text(requestparameters, 'iamInstanceProfile.name'),
                json_text(requestparameters, 'launchSpecification.iamInstanceProfile.arn'),
                json_text(requestparameters, 'launchSpecification.iamInstanceProfile.name'),
                json_text(requestparameters, 'spotFleetRequestConfig.iamFleetRole'), 'of unknown name') AS profile,
       CASE WHEN caller = 'human' AND lower(requestparameters) LIKE '%instanceprofile%admin%' THEN 'medium'
            WHEN caller = 'human' THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('RunInstances', 'RequestSpotInstances', 'RequestSpotFleet')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (requestparameters LIKE '%"iamInstanceProfile":{"%' OR requestparameters LIKE '%"iamInstanceProfile": {"%' OR requestparameters LIKE '%iamFleetRole%')

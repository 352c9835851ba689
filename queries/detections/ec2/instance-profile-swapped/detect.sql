-- title: "{principal} gave the instance {instance} another role: {profile}"
-- kind: match
-- severity: medium
-- topics: [88]
-- mitre: [T1098.003, T1078.004]
-- why: Whoever is on a machine gets the rights of the profile that is put on it. With a machine of one's own it is a
--   step up to any role that may be passed.
-- do: Check that it was meant; look at who logs in to the instance.
-- false_positives: Fixing an instance that was started without a role.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html]
-- group_by: [account, principal, instance]
SELECT coalesce(json_text(requestparameters, 'AssociateIamInstanceProfileRequest.InstanceId'), json_text(requestparameters, 'instanceId'),
                json_text(requestparameters, 'ReplaceIamInstanceProfileAssociationRequest.AssociationId'),
                json_text(requestparameters, 'associationId'), 'of unknown id') AS instance,
       coalesce(json_text(requestparameters, 'AssociateIamInstanceProfileRequest.IamInstanceProfile.Name'),
                json_text(requestparameters, 'AssociateIamInstanceProfileRequest.IamInstanceProfile.Arn'),
                json_text(requestparameters, 'ReplaceIamInstanceProfileAssociationRequest.IamInstanceProfile.Name'),
                json_text(requestparameters, 'ReplaceIamInstanceProfileAssociationRequest.IamInstanceProfile.Arn'),
                json_text(requestparameters, 'iamInstanceProfile.name'), json_text(requestparameters, 'iamInstanceProfile.arn'),
                'of unknown name') AS profile,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('AssociateIamInstanceProfile', 'ReplaceIamInstanceProfileAssociation')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

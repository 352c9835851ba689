-- title: Instance profiles that were attached or swapped
-- description: Each call that gave a running instance other rights, and each change of what is in a profile.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    awsregion AS region,
    principal,
    eventname,
    coalesce(json_text(requestparameters, 'AssociateIamInstanceProfileRequest.InstanceId'), json_text(requestparameters, 'associationId'),
        json_text(requestparameters, 'ReplaceIamInstanceProfileAssociationRequest.AssociationId'),
        json_text(requestparameters, 'DisassociateIamInstanceProfileRequest.AssociationId'),
        json_text(requestparameters, 'instanceProfileName')) AS target,
    coalesce(json_text(requestparameters, 'AssociateIamInstanceProfileRequest.IamInstanceProfile.Name'),
        json_text(requestparameters, 'AssociateIamInstanceProfileRequest.IamInstanceProfile.Arn'),
        json_text(requestparameters, 'ReplaceIamInstanceProfileAssociationRequest.IamInstanceProfile.Name'),
        json_text(requestparameters, 'ReplaceIamInstanceProfileAssociationRequest.IamInstanceProfile.Arn'),
        json_text(requestparameters, 'roleName')) AS profile_or_role,
    errorcode,
    eventid
FROM cloudtrail
WHERE ((eventsource = 'ec2.amazonaws.com'
            AND eventname IN ('AssociateIamInstanceProfile', 'ReplaceIamInstanceProfileAssociation', 'DisassociateIamInstanceProfile'))
        OR (eventsource = 'iam.amazonaws.com' AND eventname IN ('AddRoleToInstanceProfile', 'RemoveRoleFromInstanceProfile')))
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid

-- title: "{principal} shared {resources} with {with}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1537, T1098]
-- why: A share of Resource Access Manager gives other accounts subnets, keys to licences, images, databases or the private
--   CA, without a policy on the resource that anybody reads.
-- do: Check the accounts. Shares to your own and trusted accounts are info; name them in the settings.
-- false_positives: Network teams that share subnets.
-- references: [https://docs.aws.amazon.com/ram/latest/userguide/what-is.html]
-- group_by: [account, principal, with]
SELECT coalesce(json_text(requestparameters, 'resourceArns'), json_text(requestparameters, 'resourceShareArn'), json_text(requestparameters, 'name'),
                'something') AS resources,
       coalesce(json_text(requestparameters, 'principals'), 'nobody yet') AS with,
       CASE WHEN json_text(requestparameters, 'principals') IS NULL THEN 'low'
            WHEN NOT regexp_like(json_text(requestparameters, 'principals'), '"[0-9]{12}"') THEN 'low'
            WHEN trusted_account(json_text(requestparameters, 'principals[0]')) AND json_text(requestparameters, 'principals[1]') IS NULL THEN 'info'
            ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'ram.amazonaws.com'
  AND eventname IN ('CreateResourceShare', 'AssociateResourceShare', 'UpdateResourceShare', 'AssociateResourceSharePermission',
                    'ReplacePermissionAssociations', 'EnableSharingWithAwsOrganization')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

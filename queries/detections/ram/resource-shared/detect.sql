-- title: "{principal} shared resources with {who}: {event}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1098, T1537]
-- why: A resource share lets another account use subnets, gateways, databases, images or key stores as if they were its own,
--   and shows in no policy of the resource.
-- do: Check that the account is known and that the resources were meant; else delete the share.
-- false_positives: Central networks; shares within the organization. Name the accounts in the settings.
-- references: [https://docs.aws.amazon.com/ram/latest/userguide/what-is.html]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'resourceShareArn'), json_text(responseelements, 'resourceShare.resourceShareArn')) AS share,
       coalesce(json_text(requestparameters, 'principals'), json_text(requestparameters, 'principal'), 'whoever the share names') AS who,
       json_text(requestparameters, 'resourceArns') AS resources,
       CASE WHEN eventname IN ('CreateResourceShare', 'AssociateResourceShare')
             AND regexp_like(replace(json_text(requestparameters, 'principals'), coalesce(recipientaccountid, '-'), ''), '"([0-9]{12}|arn:aws[a-z-]*:iam::[0-9]{12}:)')
             AND trusted_account(regexp_replace(json_text(requestparameters, 'principals[0]'), '^arn:aws[a-z-]*:iam::([0-9]{12}):.*$', '\1')) IS NOT TRUE THEN 'high'
            WHEN caller = 'iac' THEN 'info'
            WHEN eventname = 'UpdateResourceShare' THEN 'medium'
            ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ram.amazonaws.com'
  AND (eventname IN ('CreateResourceShare', 'AssociateResourceShare', 'EnableSharingWithAwsOrganization',
                     'PromoteResourceShareCreatedFromPolicy')
       OR (eventname = 'UpdateResourceShare' AND json_text(requestparameters, 'allowExternalPrincipals') = 'true'))
  AND errorcode IS NULL
  AND caller <> 'aws_service'

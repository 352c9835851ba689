-- title: "{principal} weakened Macie: {event}"
-- kind: match
-- severity: medium
-- topics: [172]
-- mitre: [T1562.001]
-- why: Macie finds secrets and personal data in buckets. Off or filtered, it is silent when they are read or copied.
-- do: Check who asked for it and put it back.
-- false_positives: Filters set by the security team; cost cutting.
-- references: [https://docs.aws.amazon.com/macie/latest/user/macie-cloudtrail.html]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'id'), json_text(requestparameters, 'status')) AS target,
       CASE WHEN eventname = 'DisableMacie' THEN 'high' WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource IN ('macie2.amazonaws.com', 'macie.amazonaws.com')
  AND eventname IN ('DisableMacie', 'ArchiveFindings', 'CreateFindingsFilter', 'UpdateFindingsFilter', 'DeleteMember',
                    'DisassociateFromMasterAccount', 'DisassociateFromAdministratorAccount', 'DisassociateMember',
                    'DisableOrganizationAdminAccount', 'UpdateMacieSession', 'UpdateMemberSession',
                    'UpdateClassificationJob', 'UpdateAutomatedDiscoveryConfiguration', 'DisassociateS3Resources')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

-- title: "{principal} weakened GuardDuty: {event}"
-- kind: match
-- severity: medium
-- topics: [169, 170, 171]
-- mitre: [T1562.001]
-- why: Threat detection is blind to some addresses, hides some findings, lost accounts, or its findings go nowhere.
-- do: Undo it; look at what else the caller did.
-- false_positives: Suppression rules and trusted addresses set by the security team.
-- references: [https://docs.aws.amazon.com/guardduty/latest/APIReference/API_CreateIPSet.html]
SELECT json_text(requestparameters, 'detectorId') AS detector,
       coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'filterName'), json_text(requestparameters, 'ipSetId')) AS name,
       CASE WHEN caller = 'iac' THEN 'low' WHEN eventname LIKE '%IPSet' OR eventname LIKE '%Filter' OR eventname LIKE '%Set' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'guardduty.amazonaws.com'
  AND eventname IN ('CreateIPSet', 'UpdateIPSet', 'DeleteIPSet', 'CreateFilter', 'UpdateFilter', 'ArchiveFindings',
                    'DeleteMembers', 'DisassociateMembers', 'StopMonitoringMembers', 'DeleteInvitations',
                    'DisassociateFromMasterAccount', 'DisassociateFromAdministratorAccount', 'UpdateMemberDetectors',
                    'DeletePublishingDestination', 'CreateThreatIntelSet', 'UpdateThreatIntelSet',
                    'DeleteThreatIntelSet', 'UpdateOrganizationConfiguration', 'UpdateMalwareScanSettings', 'DeleteMalwareProtectionPlan',
                    'UpdatePublishingDestination', 'DeclineInvitations', 'DeleteThreatEntitySet', 'UpdateThreatEntitySet', 'CreateTrustedEntitySet', 'UpdateTrustedEntitySet')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname NOT IN ('UpdateMemberDetectors', 'UpdateOrganizationConfiguration')
       OR requestparameters LIKE '%DISABLED%' OR requestparameters LIKE '%false%' OR requestparameters LIKE '%"NONE"%')

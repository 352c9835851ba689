-- title: "{principal} weakened GuardDuty: {event}"
-- kind: match
-- severity: high
-- topics: [168, 169, 170, 171]
-- mitre: [T1562.001]
-- why: Threat detection is off, blind to some addresses, or its findings go nowhere.
-- do: Undo it; look at what else the caller did.
-- false_positives: Suppression rules by the security team.
SELECT json_text(requestparameters, 'detectorId') AS detector,
       CASE WHEN eventname LIKE '%IPSet' OR eventname LIKE '%Filter' OR eventname LIKE '%ThreatIntelSet' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'guardduty.amazonaws.com'
  AND eventname IN ('DeleteDetector', 'UpdateDetector', 'CreateIPSet', 'UpdateIPSet', 'CreateFilter',
                    'UpdateFilter', 'DeleteMembers', 'DisassociateMembers', 'StopMonitoringMembers',
                    'DisassociateFromMasterAccount', 'DisassociateFromAdministratorAccount',
                    'DeletePublishingDestination', 'CreateThreatIntelSet', 'UpdateThreatIntelSet',
                    'DeleteThreatIntelSet')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (eventname <> 'UpdateDetector' OR json_text(requestparameters, 'enable') = 'false' OR requestparameters LIKE '%DISABLED%')

-- title: "{principal} deleted checks of AWS Config: {name}"
-- kind: match
-- severity: medium
-- topics: [160]
-- mitre: [T1562.001]
-- why: A rule that is gone finds nothing any more, and its findings are gone with it.
-- do: Check that it has a ticket; create the rules again.
-- false_positives: Deployments and changes by your landing zone.
-- references: [https://docs.aws.amazon.com/config/latest/APIReference/API_DeleteConfigRule.html]
SELECT coalesce(json_text(requestparameters, 'configRuleName'), json_text(requestparameters, 'organizationConfigRuleName'),
                json_text(requestparameters, 'conformancePackName'), json_text(requestparameters, 'organizationConformancePackName'), 'of unknown name') AS name,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'config.amazonaws.com'
  AND eventname IN ('DeleteConfigRule', 'DeleteOrganizationConfigRule', 'DeleteConformancePack',
                    'DeleteOrganizationConformancePack', 'DeleteRemediationConfiguration', 'DeleteEvaluationResults')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

-- title: "{principal} weakened Security Hub: {event}"
-- kind: match
-- severity: medium
-- topics: [174]
-- mitre: [T1562.001]
-- why: A hub that is off, or that lost its accounts, standards or sources, tells nobody anything.
-- do: Check who asked for it and put it back.
-- false_positives: Taking down an account; another choice of standards by the security team.
-- references: [https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_DisableSecurityHub.html]
SELECT coalesce(json_text(requestparameters, 'AccountIds'), json_text(requestparameters, 'StandardsSubscriptionArns'), json_text(requestparameters, 'ProductSubscriptionArn')) AS target,
       CASE WHEN eventname IN ('DisableSecurityHub', 'DisableSecurityHubV2', 'DisableOrganizationAdminAccount') THEN 'high'
            WHEN eventname IN ('UpdateStandardsControl', 'BatchUpdateStandardsControlAssociations') THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'securityhub.amazonaws.com'
  AND eventname IN ('DisableSecurityHub', 'DisableSecurityHubV2', 'DeleteMembers', 'DisassociateMembers',
                    'DisassociateFromAdministratorAccount', 'DisassociateFromMasterAccount', 'BatchDisableStandards',
                    'DisableImportFindingsForProduct', 'DisableOrganizationAdminAccount', 'DeleteActionTarget',
                    'DeleteFindingAggregator', 'UpdateStandardsControl', 'BatchUpdateStandardsControlAssociations',
                    'UpdateOrganizationConfiguration', 'DeleteConfigurationPolicy')
  AND (eventname NOT IN ('UpdateStandardsControl', 'BatchUpdateStandardsControlAssociations') OR requestparameters LIKE '%DISABLED%')
  AND (eventname <> 'UpdateOrganizationConfiguration' OR lower(json_text(requestparameters, 'AutoEnable')) = 'false'
       OR json_text(requestparameters, 'AutoEnableStandards') = 'NONE')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

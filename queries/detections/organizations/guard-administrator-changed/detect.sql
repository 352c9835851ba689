-- title: "{principal} changed which account keeps watch for the organization: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1562, T1098]
-- why: The account that administers a guard sees the findings of all others and can turn it off in each of them.
-- do: Check that the new administrator is yours; put the old one back.
-- false_positives: The set-up of an organization.
-- references: [https://docs.aws.amazon.com/guardduty/latest/APIReference/API_DisableOrganizationAdminAccount.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'adminAccountId'), json_text(requestparameters, 'AdminAccountId'), json_text(requestparameters, 'delegatedAdminAccountId'),
                json_text(requestparameters, 'memberAccountId'), json_text(requestparameters, 'delegatedAdminAccountID'), json_text(requestparameters, 'adminAccount'),
                json_text(requestparameters, 'AccountId')) AS administrator,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource IN ('guardduty.amazonaws.com', 'securityhub.amazonaws.com', 'macie2.amazonaws.com', 'detective.amazonaws.com', 'inspector2.amazonaws.com', 'cloudtrail.amazonaws.com', 'fms.amazonaws.com', 'securitylake.amazonaws.com', 'auditmanager.amazonaws.com')
  AND eventname IN ('EnableOrganizationAdminAccount', 'DisableOrganizationAdminAccount', 'EnableDelegatedAdminAccount',
                    'DisableDelegatedAdminAccount', 'RegisterOrganizationDelegatedAdmin',
                    'DeregisterOrganizationDelegatedAdmin', 'AssociateAdminAccount', 'DisassociateAdminAccount',
                    'PutAdminAccount', 'RegisterOrganizationAdminAccount', 'DeregisterOrganizationAdminAccount',
                    'RegisterDataLakeDelegatedAdministrator', 'DeregisterDataLakeDelegatedAdministrator')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

-- title: "{principal} changed where Identity Center gets its users from: {event}"
-- kind: match
-- severity: critical
-- topics: [122]
-- mitre: [T1556]
-- why: Whoever controls the identity source can sign in as anybody, to every account.
-- do: Ask whoever runs sign-in at once.
-- false_positives: The move to a new identity provider.
-- references: [https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html]
SELECT json_text(requestparameters, 'directoryId') AS directory
FROM cloudtrail
WHERE eventsource IN ('sso.amazonaws.com', 'sso-directory.amazonaws.com')
  AND eventname IN ('AssociateDirectory', 'DisassociateDirectory', 'EnableExternalIdPConfigurationForDirectory',
                    'DisableExternalIdPConfigurationForDirectory', 'CreateExternalIdPConfigurationForDirectory',
                    'UpdateExternalIdPConfigurationForDirectory')
  AND errorcode IS NULL

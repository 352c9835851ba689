-- title: "{principal} deleted parts of Bedrock with an API key: {event}"
-- kind: match
-- severity: high
-- topics: [350]
-- mitre: [T1485, T1562.001]
-- why: API keys of Bedrock are meant for asking models. One that deletes guardrails, agents or models is in wrong hands, or has
--   rights it should not have.
-- do: Disable the key; restore what was deleted; give API keys no right to delete.
-- false_positives: Hardly any.
-- references: [https://docs.aws.amazon.com/bedrock/latest/APIReference/API_DeleteGuardrail.html]
SELECT useridentity.credentialid AS api_key,
       coalesce(json_text(requestparameters, 'guardrailIdentifier'), json_text(requestparameters, 'agentId'), json_text(requestparameters, 'knowledgeBaseId'), json_text(requestparameters, 'modelIdentifier')) AS target
FROM cloudtrail
WHERE eventsource = 'bedrock.amazonaws.com'
  AND eventname IN ('DeleteGuardrail', 'DeleteAgent', 'DeleteAgentAlias', 'DeleteAgentActionGroup', 'DeleteKnowledgeBase', 'DeleteDataSource',
                    'DeleteCustomModel', 'DeleteImportedModel', 'DeleteProvisionedModelThroughput', 'DeleteInferenceProfile', 'DeleteFlow', 'DeletePrompt',
                    'DeleteModelInvocationLoggingConfiguration', 'DeleteMarketplaceModelEndpoint', 'DeleteAutomatedReasoningPolicy')
  AND errorcode IS NULL
  AND (useridentity.credentialid IS NOT NULL OR lower(json_text(additionaleventdata, 'callWithBearerToken')) = 'true')

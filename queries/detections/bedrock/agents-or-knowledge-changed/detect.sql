-- title: "{principal} changed what models know or do: {event}"
-- kind: match
-- severity: low
-- topics: [347, 351, 352, 353, 354, 359, 360]
-- mitre: [T1565.001, T1505, T1496.004]
-- why: What an agent may do, what a knowledge base holds, which model answers and how much of it is rented decide what comes
--   out, and what it costs. A poisoned source or a foreign model speaks with your voice.
-- do: Check that the change was meant and where the data or the model comes from.
-- false_positives: Work on agents and knowledge bases; deployments.
-- references: [https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_DeleteKnowledgeBase.html]
SELECT coalesce(json_text(requestparameters, 'agentId'), json_text(requestparameters, 'knowledgeBaseId'), json_text(requestparameters, 'agentName'),
                json_text(requestparameters, 'provisionedModelId'), json_text(requestparameters, 'provisionedModelName'),
                json_text(requestparameters, 'importedModelName'), json_text(requestparameters, 'policyArn'), json_text(requestparameters, 'endpointName')) AS target,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info'
            WHEN eventname LIKE 'CreateProvisioned%' OR eventname IN ('DeleteKnowledgeBase', 'CreateModelImportJob', 'CreateMarketplaceModelEndpoint') THEN 'medium'
            ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'bedrock.amazonaws.com'
  AND eventname IN ('UpdateAutomatedReasoningPolicy', 'DeleteAutomatedReasoningPolicy', 'CreateDataSource', 'UpdateDataSource', 'DeleteDataSource',
                    'StartIngestionJob', 'IngestKnowledgeBaseDocuments', 'DeleteKnowledgeBaseDocuments', 'UpdateKnowledgeBase', 'DeleteKnowledgeBase',
                    'CreateProvisionedModelThroughput', 'UpdateProvisionedModelThroughput', 'DeleteProvisionedModelThroughput', 'CreateAgent',
                    'UpdateAgent', 'CreateAgentActionGroup', 'UpdateAgentActionGroup', 'DeleteAgent', 'AssociateAgentKnowledgeBase',
                    'CreateModelImportJob', 'CreateMarketplaceModelEndpoint', 'RegisterMarketplaceModelEndpoint')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

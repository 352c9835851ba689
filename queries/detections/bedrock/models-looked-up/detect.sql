-- title: "{principal} looked which models and agents there are: {event}"
-- kind: match
-- severity: info
-- topics: [397, 398, 399, 400, 401, 402, 403, 404, 405, 406, 407]
-- mitre: [T1580]
-- why: The first step of whoever wants to use models at somebody else's cost.
-- do: Nothing by itself; models-looked-up-and-used tells when it goes on.
-- false_positives: Developers.
-- references: [https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html]
-- group_by: [account, principal]
SELECT denied AS refused
FROM cloudtrail
WHERE eventsource = 'bedrock.amazonaws.com'
  AND eventname IN ('ListFoundationModels', 'GetFoundationModelAvailability', 'ListInferenceProfiles', 'ListCustomModels',
                    'ListAgents', 'ListKnowledgeBases', 'GetKnowledgeBase', 'ListProvisionedModelThroughputs',
                    'ListModelInvocationJobs', 'GetModelInvocationLoggingConfiguration', 'GetUseCaseForModelAccess',
                    'ListFoundationModelAgreementOffers')
  AND caller IN ('human', 'unknown')
  AND sessioncredentialfromconsole IS NULL

-- title: "{principal} {act} access to models: {event}"
-- kind: match
-- severity: medium
-- topics: [355, 356]
-- mitre: [T1098, T1496.004]
-- why: Access to a model is bought once for the account. Whoever uses stolen keys for models does it first, or tries to.
-- do: Check that the model was asked for; if not, look at the use of models and at the key.
-- false_positives: Teams that start with a model.
-- references: [https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html]
SELECT CASE WHEN denied THEN 'was refused' ELSE 'gave the account' END AS act,
       coalesce(json_text(requestparameters, 'modelId'), json_text(requestparameters, 'entitlement.modelId'), json_text(requestparameters, 'offerToken')) AS model,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'bedrock.amazonaws.com'
  AND eventname IN ('PutFoundationModelEntitlement', 'CreateFoundationModelAgreement', 'PutUseCaseForModelAccess', 'DeleteFoundationModelAgreement')
  AND (errorcode IS NULL OR denied)
  AND (eventname <> 'DeleteFoundationModelAgreement' OR denied)
  AND caller <> 'aws_service'

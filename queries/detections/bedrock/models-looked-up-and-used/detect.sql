-- title: "{principal} looked which models there are and used them"
-- kind: window
-- severity: high
-- topics: [348]
-- mitre: [T1496.004, T1580, T1078.004]
-- why: Stolen keys are sold for their models. First it is looked up which models answer, then they are used - with the key of
--   an IAM user, as programs of your own seldom do.
-- do: Ask the owner of the key; disable it if not known; look at the cost.
-- false_positives: Developers who try models with a key of their own.
-- references:
--   - https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.impact.bedrock-invoke-model/
-- window: 1h
-- every: 30m
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       count(*) FILTER (WHERE eventname LIKE 'Invoke%' OR eventname LIKE 'Converse%') AS uses,
       count(*) FILTER (WHERE errorcode IS NOT NULL) AS errors,
       array_agg(DISTINCT eventname) AS events,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(DISTINCT useridentity.accesskeyid) AS access_keys,
       array_agg(eventid) AS event_ids,
       CASE WHEN bool_or(useridentity.accesskeyid LIKE 'AKIA%') THEN 'high' WHEN bool_or(caller = 'workload') OR bool_or(errorcode IS NOT NULL) THEN 'medium'
            ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'bedrock.amazonaws.com'
  AND eventname IN ('ListFoundationModels', 'GetFoundationModelAvailability', 'ListInferenceProfiles', 'GetFoundationModel',
                    'ListFoundationModelAgreementOffers', 'GetUseCaseForModelAccess', 'GetModelInvocationLoggingConfiguration',
                    'ListProvisionedModelThroughputs', 'ListCustomModels', 'InvokeModel', 'InvokeModelWithResponseStream', 'Converse', 'ConverseStream')
  AND (useridentity.accesskeyid LIKE 'AKIA%' OR caller IN ('human', 'unknown') OR regexp_like(lower(useragent), 'stratus-red-team|pacu|go-http-client'))
  AND sessioncredentialfromconsole IS NULL
  AND caller <> 'aws_service'
GROUP BY principal, recipientaccountid, _window
HAVING count(*) FILTER (WHERE eventname LIKE 'Invoke%' OR eventname LIKE 'Converse%') >= 1
   AND count(*) FILTER (WHERE eventname LIKE 'List%' OR eventname LIKE 'Get%') >= 1

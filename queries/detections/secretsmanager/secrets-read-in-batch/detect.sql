-- title: "{principal} read secrets in a batch"
-- kind: match
-- severity: medium
-- topics: [194, 196]
-- mitre: [T1555.006]
-- why: BatchGetSecretValue gives twenty secrets in a call, chosen by a filter or a list.
-- do: Ask the owner; see which secrets the filter takes.
-- false_positives: Programs that load their secrets at start.
-- references:
--   - https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.credential-access.secretsmanager-batch-retrieve-secrets/
SELECT coalesce(json_text(requestparameters, 'filters'), json_text(requestparameters, 'secretIdList')) AS filters,
       denied AS refused,
       CASE WHEN caller = 'workload' OR denied THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'secretsmanager.amazonaws.com'
  AND eventname = 'BatchGetSecretValue'
  AND (errorcode IS NULL OR denied)
  AND caller <> 'aws_service'

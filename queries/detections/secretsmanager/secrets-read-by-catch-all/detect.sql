-- title: "{principal} asked for all secrets at once: {filters}"
-- kind: match
-- severity: high
-- topics: [195]
-- mitre: [T1555.006]
-- why: A filter that leaves nothing out - everything that lacks a made-up tag, every name - is not a program that loads its
--   secrets. It is somebody who wants them all.
-- do: Ask the owner at once. If not known, disable the credentials and change the secrets.
-- false_positives: Exports of all secrets by their administrators.
-- references: [https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html]
SELECT coalesce(json_text(requestparameters, 'filters'), 'no filter') AS filters,
       CASE WHEN denied THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'secretsmanager.amazonaws.com'
  AND eventname = 'BatchGetSecretValue'
  AND caller <> 'aws_service'
  AND (errorcode IS NULL OR denied)
  AND json_text(requestparameters, 'secretIdList') IS NULL
  AND (json_text(requestparameters, 'filters') IS NULL
       OR json_text(requestparameters, 'filters') = '[]'
       OR regexp_like(json_text(requestparameters, 'filters'), '"[Vv]alues":\["(!|[^"]?"|\*|arn:?")'))

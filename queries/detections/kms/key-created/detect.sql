-- title: "{principal} created a KMS key"
-- kind: match
-- severity: info
-- topics: [500]
-- mitre: [T1486]
-- why: Context. Whoever wants to hold data to ransom inside AWS starts with a key of their own, above all with one whose
--   material comes from outside.
-- do: Nothing by itself; look at it beside bulk encryption, and at keys with material from outside.
-- false_positives: Deployments.
-- references: [https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html]
SELECT json_text(responseelements, 'keyMetadata.keyId') AS key,
       json_text(requestparameters, 'origin') AS origin,
       CASE WHEN json_text(requestparameters, 'origin') IN ('EXTERNAL', 'EXTERNAL_KEY_STORE') AND caller <> 'iac' THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'kms.amazonaws.com'
  AND eventname = 'CreateKey'
  AND caller <> 'aws_service'

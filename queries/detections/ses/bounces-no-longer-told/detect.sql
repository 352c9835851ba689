-- title: "{principal} turned off the notice of bounces of {identity}"
-- kind: match
-- severity: low
-- topics: [371]
-- mitre: [T1562]
-- why: Bounces and complaints are how one notices that spam is sent in one's name.
-- do: Turn it on again, unless notices go elsewhere.
-- false_positives: Mail set-ups that take notices through SNS.
-- references: [https://docs.aws.amazon.com/ses/latest/APIReference/API_SetIdentityFeedbackForwardingEnabled.html]
SELECT coalesce(json_text(requestparameters, 'identity'), json_text(requestparameters, 'emailIdentity'), 'a sender') AS identity,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ses.amazonaws.com'
  AND eventname IN ('SetIdentityFeedbackForwardingEnabled', 'PutEmailIdentityFeedbackAttributes')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND lower(coalesce(json_text(requestparameters, 'forwardingEnabled'), json_text(requestparameters, 'emailForwardingEnabled'))) = 'false'

-- title: "{principal} set up the sending of text messages: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1496.004]
-- why: Text messages cost money at once. Fraud sends them to numbers that pay the sender.
-- do: Look at the bill and at the numbers; set the limit back.
-- false_positives: Products that send text messages.
-- references: [https://docs.aws.amazon.com/sns/latest/api/API_SetSMSAttributes.html]
-- group_by: [account, principal]
SELECT json_text(requestparameters, 'attributes') AS attributes,
       denied AS refused,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource IN ('sns.amazonaws.com', 'sms-voice.amazonaws.com', 'pinpoint.amazonaws.com')
  AND eventname IN ('SetSMSAttributes', 'CreateSMSSandboxPhoneNumber', 'VerifySMSSandboxPhoneNumber', 'RequestPhoneNumber',
                    'SetTextMessageSpendLimitOverride', 'SetVoiceMessageSpendLimitOverride', 'SendTextMessage',
                    'SendVoiceMessage')
  AND caller <> 'aws_service'
  AND (errorcode IS NULL OR denied)

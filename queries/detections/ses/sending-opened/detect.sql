-- title: "{principal} asked to send mail, or more of it: {event}"
-- kind: match
-- severity: medium
-- topics: [562, 564]
-- mitre: [T1496.004]
-- why: "Out of the sandbox, sending turned on again or to more people: what spammers need before they begin."
-- do: Ask the caller; look at senders that were added, and at what was sent in all regions.
-- false_positives: New products that send mail.
-- references:
--   - https://docs.aws.amazon.com/ses/latest/APIReference/API_UpdateAccountSendingEnabled.html
--   - https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutAccountDetails.html
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'enabled'), json_text(requestparameters, 'sendingEnabled'), json_text(requestparameters, 'productionAccessEnabled')) AS enabled,
       json_text(requestparameters, 'useCaseDescription') AS said,
       denied AS refused,
       CASE WHEN caller = 'iac' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'ses.amazonaws.com'
  AND eventname IN ('UpdateAccountSendingEnabled', 'PutAccountSendingAttributes', 'PutAccountDetails',
                    'PutAccountSuppressionAttributes')
  AND caller <> 'aws_service'
  AND (errorcode IS NULL OR denied)
  AND coalesce(json_text(requestparameters, 'enabled'), json_text(requestparameters, 'sendingEnabled'), 'true') <> 'false'

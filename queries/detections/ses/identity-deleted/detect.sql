-- title: "{principal} deleted the sender {identity} of SES"
-- kind: match
-- severity: low
-- topics: [370]
-- mitre: [T1070, T1531]
-- why: After sending spam the sender is deleted to hide it; a sender of your own that is gone stops your mail.
-- do: Check that it was meant; look at the mail sent before.
-- false_positives: Clean-up and deployments.
-- references: [https://docs.aws.amazon.com/ses/latest/APIReference/API_DeleteIdentity.html]
SELECT coalesce(json_text(requestparameters, 'identity'), json_text(requestparameters, 'emailIdentity'), 'of unknown name') AS identity,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ses.amazonaws.com'
  AND eventname IN ('DeleteIdentity', 'DeleteEmailIdentity', 'DeleteVerifiedEmailAddress')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

-- title: "{principal} added the sender {identity} to SES"
-- kind: match
-- severity: low
-- topics: [559, 565]
-- mitre: [T1496.004, T1585.002]
-- why: Mail with a stolen key needs a sender. The address or domain shows who the mail pretends to be.
-- do: Ask the caller; delete the sender; look at mail sent.
-- false_positives: New products that send mail.
-- references: [https://docs.aws.amazon.com/ses/latest/APIReference/API_VerifyEmailIdentity.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'emailAddress'), json_text(requestparameters, 'domain'), json_text(requestparameters, 'emailIdentity'), 'of unknown name') AS identity,
       denied AS refused,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ses.amazonaws.com'
  AND eventname IN ('VerifyEmailIdentity', 'VerifyEmailAddress', 'VerifyDomainIdentity', 'VerifyDomainDkim',
                    'CreateEmailIdentity')
  AND caller <> 'aws_service'
  AND (errorcode IS NULL OR denied)

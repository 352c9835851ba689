-- title: "{principal} looked what can be sent with SES"
-- kind: match
-- severity: info
-- topics: [372, 373, 374, 375]
-- mitre: [T1526, T1580]
-- why: Context. Quota, state and senders of SES are what thieves of keys look up first - a good account sends a lot of spam.
-- do: Nothing by itself; several of these calls together have a detection of their own.
-- false_positives: People at the console; programs that watch their quota.
-- references: [https://docs.aws.amazon.com/ses/latest/APIReference/API_GetSendQuota.html]
SELECT denied AS refused
FROM cloudtrail
WHERE eventsource = 'ses.amazonaws.com'
  AND eventname IN ('GetSendQuota', 'GetAccountSendingEnabled', 'GetIdentityVerificationAttributes', 'ListIdentities',
                    'GetAccount', 'ListEmailIdentities', 'GetSendStatistics')
  AND caller NOT IN ('aws_service', 'iac')

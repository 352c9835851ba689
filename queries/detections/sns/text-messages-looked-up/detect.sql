-- title: "{principal} looked what text messages can be sent: {event}"
-- kind: match
-- severity: low
-- topics: [566, 567, 568]
-- mitre: [T1496.004, T1580]
-- why: Thieves of keys sell accounts by how many text messages they send. Hardly anybody else asks by a program.
-- do: Ask the caller.
-- false_positives: Products that send text messages.
-- references: [https://docs.aws.amazon.com/sns/latest/api/API_GetSMSAttributes.html]
-- group_by: [account, principal]
SELECT denied AS refused,
       CASE WHEN caller = 'workload' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource IN ('sns.amazonaws.com', 'sms-voice.amazonaws.com', 'pinpoint.amazonaws.com')
  AND eventname IN ('GetSMSAttributes', 'GetSMSSandboxAccountStatus', 'ListOriginationNumbers', 'ListSMSSandboxPhoneNumbers',
                    'DescribePhoneNumbers', 'DescribeSpendLimits', 'DescribeAccountLimits')
  AND caller NOT IN ('aws_service', 'iac')
  AND sessioncredentialfromconsole IS NULL

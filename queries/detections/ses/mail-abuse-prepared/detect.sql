-- title: "{principal} looked what mail can be sent, and set it up, within two hours"
-- kind: window
-- severity: high
-- topics: [376]
-- mitre: [T1496.004]
-- why: "Quota, sender, limit, and then a user of its own: the order in which stolen keys are made to send mail."
-- do: Disable the key; delete senders and users that it made; look at mail sent in all regions.
-- false_positives: Somebody who sets up mail for a product, by hand.
-- references: [https://docs.aws.amazon.com/ses/latest/APIReference/API_GetSendQuota.html]
-- window: 2h
-- every: 1h
-- threshold: {kinds: 3}
SELECT principal,
       account,
       min(region) AS region,
       min(at) AS first,
       max(at) AS last,
       count(*) AS count,
       count(DISTINCT kind) AS kinds,
       array_agg(DISTINCT kind) AS what,
       array_agg(DISTINCT address) AS addresses,
       array_agg(id) AS event_ids
FROM (SELECT principal, recipientaccountid AS account, awsregion AS region, eventtime AS at, eventid AS id, sourceipaddress AS address, _window,
             CASE WHEN eventsource = 'iam.amazonaws.com' THEN 'identities'
                  WHEN eventsource IN ('servicequotas.amazonaws.com', 'support.amazonaws.com') OR eventname IN ('UpdateAccountSendingEnabled', 'PutAccountDetails') THEN 'more mail'
                  WHEN eventname LIKE 'Verify%' OR eventname = 'CreateEmailIdentity' THEN 'senders'
                  ELSE 'looked' END AS kind
      FROM cloudtrail
      WHERE eventsource IN ('ses.amazonaws.com', 'servicequotas.amazonaws.com', 'support.amazonaws.com', 'iam.amazonaws.com')
        AND eventname IN ('GetSendQuota', 'GetAccountSendingEnabled', 'ListIdentities', 'GetAccount', 'ListEmailIdentities', 'GetIdentityVerificationAttributes',
                          'VerifyEmailIdentity', 'VerifyDomainIdentity', 'CreateEmailIdentity', 'UpdateAccountSendingEnabled', 'PutAccountDetails',
                          'RequestServiceQuotaIncrease', 'CreateCase', 'CreateUser', 'CreateLoginProfile', 'CreateAccessKey')
        AND caller IN ('human', 'unknown')
        AND sessioncredentialfromconsole IS NULL) AS acts
GROUP BY principal, account, _window
HAVING count(DISTINCT kind) >= $kinds AND bool_or(kind = 'looked') AND (bool_or(kind = 'senders') OR bool_or(kind = 'more mail'))

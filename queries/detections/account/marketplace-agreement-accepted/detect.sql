-- title: "{principal} accepted an agreement of the Marketplace"
-- kind: match
-- severity: low
-- topics: [385]
-- mitre: [T1496.004]
-- why: It commits the account to pay, and it is what opens models that a thief of keys wants to use.
-- do: Ask the caller; look whether Bedrock is used since.
-- false_positives: Purchases.
-- references: [https://docs.aws.amazon.com/marketplace/latest/buyerguide/buyer-iam-users-groups-policies.html]
-- group_by: [account, principal]
SELECT json_text(requestparameters, 'agreementRequestId') AS request,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource IN ('agreement-marketplace.amazonaws.com', 'aws-marketplace.amazonaws.com')
  AND eventname IN ('AcceptAgreementRequest', 'Subscribe')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

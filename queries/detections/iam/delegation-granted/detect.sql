-- title: "{principal} gave a product of somebody else rights in the account: {event}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1199, T1098]
-- why: A vendor asks for rights for a while, somebody accepts, and the vendor acts with them. The request comes as a link,
--   as phishing does.
-- do: Ask who sent the link; look what was done with it (invokedByDelegate).
-- false_positives: Set-up of a partner's product.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies-temporary-delegation.html]
-- group_by: [account, principal]
SELECT json_text(requestparameters, 'delegationRequestId') AS request,
       CASE WHEN eventname = 'SendDelegationToken' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('AcceptDelegationRequest', 'SendDelegationToken')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

-- title: "{principal} changed what happens to mail that comes in: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1114.003]
-- why: "A rule copies or diverts mail to the company: also links by which passwords are reset and domains proved."
-- do: Look where it goes.
-- false_positives: Products that receive mail.
-- references: [https://docs.aws.amazon.com/ses/latest/APIReference/API_CreateReceiptRule.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'ruleSetName'), json_text(requestparameters, 'rule.name')) AS rule_set,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ses.amazonaws.com'
  AND eventname IN ('CreateReceiptRule', 'UpdateReceiptRule', 'SetActiveReceiptRuleSet', 'CreateReceiptRuleSet',
                    'CreateIngressPoint', 'UpdateIngressPoint')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

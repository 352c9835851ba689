-- title: "{principal} removed what tells of unusual costs: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1562.001, T1496]
-- why: The first sign of a miner is the bill, and the alarm on it is what miners and spammers turn off.
-- do: Put the alarm back; look at the costs of the last days by region and service.
-- false_positives: Finance people who tidy up.
-- references: [https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_DeleteBudget.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'budgetName'), json_text(requestparameters, 'monitorArn'), json_text(requestparameters, 'subscriptionArn'),
                json_text(requestparameters, 'MonitorArn'), json_text(requestparameters, 'SubscriptionArn')) AS target,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource IN ('budgets.amazonaws.com', 'ce.amazonaws.com')
  AND eventname IN ('DeleteBudget', 'DeleteBudgetAction', 'DeleteNotification', 'DeleteSubscriber', 'DeleteAnomalyMonitor',
                    'DeleteAnomalySubscription')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

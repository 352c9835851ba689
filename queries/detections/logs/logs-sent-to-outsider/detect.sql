-- title: "{principal} sends logs to account {owner}: {event}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1537, T1020]
-- why: Logs hold addresses, names and sometimes passwords, and whoever reads them sees the hunt for himself.
-- do: Delete the subscription; ask whose account it is.
-- false_positives: "A service that watches for you: name its account as trusted."
-- references: [https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html]
-- group_by: [account, principal, owner]
SELECT coalesce(nullif(split_part(json_text(requestparameters, 'destinationArn'), ':', 5), ''), json_text(requestparameters, 'subscriberIdentity.principal')) AS owner,
       coalesce(json_text(requestparameters, 'logGroupName'), json_text(requestparameters, 'subscriberName')) AS log_group
FROM cloudtrail
WHERE eventsource IN ('logs.amazonaws.com', 'securitylake.amazonaws.com')
  AND eventname IN ('PutSubscriptionFilter', 'CreateSubscriber')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (coalesce(nullif(split_part(json_text(requestparameters, 'destinationArn'), ':', 5), ''), json_text(requestparameters, 'subscriberIdentity.principal'))
       IS DISTINCT FROM recipientaccountid)
  AND regexp_like(coalesce(nullif(split_part(json_text(requestparameters, 'destinationArn'), ':', 5), ''), json_text(requestparameters, 'subscriberIdentity.principal')), '^[0-9]{12}$')
  AND trusted_account(coalesce(nullif(split_part(json_text(requestparameters, 'destinationArn'), ':', 5), ''), json_text(requestparameters, 'subscriberIdentity.principal'))) IS NOT TRUE

-- title: "Policy of {resource}: {change}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1098, T1648]
-- why: A permission lets somebody call the function, and through it use its role. Backdoors are left this way.
-- do: Check that the caller is known and meant; add aws:SourceArn or aws:SourceAccount for services.
-- false_positives: Events of buckets, queues and APIs of your own account.
-- group_by: [account, resource]
-- enrich: trust
SELECT concat('lambda ', json_text(requestparameters, 'functionName')) AS resource,
       json_text(responseelements, 'statement') AS statement
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND (eventname LIKE 'AddPermission2%' OR eventname LIKE 'AddLayerVersionPermission%')
  AND errorcode IS NULL

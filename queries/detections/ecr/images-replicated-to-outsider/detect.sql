-- title: "{principal} lets images be copied to the registry of account {owner}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1537]
-- why: Every image that is pushed from now on goes there as well, with the code and whatever secrets were built in.
-- do: Remove the rule; ask whose account it is.
-- false_positives: "A registry that another account of yours keeps: name it as trusted."
-- references: [https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutReplicationConfiguration.html]
-- group_by: [account, principal]
SELECT (regexp_match(requestparameters, '"registryId"\s*:\s*"([0-9]{12})'))[1] AS owner
FROM cloudtrail
WHERE eventsource = 'ecr.amazonaws.com'
  AND eventname = 'PutReplicationConfiguration'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND regexp_like(replace(requestparameters, coalesce(recipientaccountid, '-'), ''), '"registryId"\s*:\s*"[0-9]{12}')
  AND trusted_account((regexp_match(requestparameters, '"registryId"\s*:\s*"([0-9]{12})'))[1]) IS NOT TRUE

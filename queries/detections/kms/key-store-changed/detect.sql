-- title: "{principal} changed a store of keys outside KMS: {event} {store}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1486, T1485]
-- why: Nothing encrypted with keys of the store can be read while it is disconnected, or once it is deleted; a new one may
--   belong to somebody who asks for ransom.
-- do: Connect it again; look what was encrypted with its keys.
-- false_positives: Work on the HSMs.
-- references: [https://docs.aws.amazon.com/kms/latest/APIReference/API_DisconnectCustomKeyStore.html]
-- group_by: [account, principal, store]
SELECT coalesce(json_text(requestparameters, 'customKeyStoreId'), json_text(requestparameters, 'customKeyStoreName'), 'of unknown name') AS store,
       CASE WHEN caller = 'iac' THEN 'low' WHEN eventname = 'CreateCustomKeyStore' THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'kms.amazonaws.com'
  AND eventname IN ('DisconnectCustomKeyStore', 'DeleteCustomKeyStore', 'UpdateCustomKeyStore', 'CreateCustomKeyStore')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

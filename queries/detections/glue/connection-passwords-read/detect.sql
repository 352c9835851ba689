-- title: "{principal} read connections with their passwords"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1552.001]
-- why: Connections of Glue hold addresses and passwords of databases, in the clear for whoever may read them.
-- do: Move the passwords to Secrets Manager; change them.
-- false_positives: People who work with Glue.
-- references: [https://docs.aws.amazon.com/glue/latest/webapi/API_GetConnections.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'name'), 'all') AS connection,
       denied AS refused
FROM cloudtrail
WHERE eventsource = 'glue.amazonaws.com'
  AND eventname IN ('GetConnection', 'GetConnections')
  AND caller IN ('human', 'unknown')
  AND (errorcode IS NULL OR denied)
  AND (lower(json_text(requestparameters, 'hidePassword')) IS DISTINCT FROM 'true')

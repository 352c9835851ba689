-- title: "Access key {created_key} of {target} was created and no use of it seen since"
-- kind: baseline
-- severity: low
-- topics: []
-- why: Keys that are made and never used lie around until somebody finds them.
-- do: Ask who made it. If nobody needs it, delete it.
-- false_positives: Keys used only for calls that the trail does not record.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html]
-- lookback: 400d
-- group_by: [account, created_key]
-- threshold: {idle_days: 45}
SELECT made.account,
       made.principal,
       made.region,
       made.target,
       made.created_key,
       made.created AS first,
       made.created AS last,
       made.event_ids
FROM (SELECT recipientaccountid AS account, principal, awsregion AS region, eventtime AS created, make_array(eventid) AS event_ids,
             coalesce(json_text(responseelements, 'accessKey.userName'), useridentity.username, 'root') AS target,
             json_text(responseelements, 'accessKey.accessKeyId') AS created_key
      FROM cloudtrail
      WHERE eventsource = 'iam.amazonaws.com' AND eventname = 'CreateAccessKey' AND errorcode IS NULL) AS made
LEFT JOIN (SELECT DISTINCT accesskeyid FROM activity WHERE accesskeyid IS NOT NULL) AS used ON used.accesskeyid = made.created_key
CROSS JOIN (SELECT max(last) AS logs_end FROM activity) AS logs
WHERE used.accesskeyid IS NULL
  AND made.created_key IS NOT NULL
  AND date_part('epoch', logs_end) - date_part('epoch', made.created) >= 86400 * $idle_days

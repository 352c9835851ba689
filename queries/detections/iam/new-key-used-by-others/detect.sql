-- title: "The key that {principal} made for {target} was used {minutes} minutes later from {address}"
-- kind: window
-- severity: medium
-- topics: [40, 39]
-- mitre: [T1098.001, T1078.004]
-- why: "A key that is made for a user and used at once from where it was made serves its maker, not the user: a way to
--   act under another name."
-- do: Ask both. If nobody asked for the key, delete it and read what it did.
-- false_positives: Administrators who set up a program and try its key.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- window: 1d
-- every: 12h
-- group_by: [account, principal, created_key]
SELECT made.principal,
       made.account,
       made.region,
       made.target,
       made.created_key,
       min(made.at) AS first,
       max(uses.at) AS last,
       count(*) AS count,
       CAST((date_part('epoch', min(uses.at)) - date_part('epoch', min(made.at))) / 60 AS BIGINT) AS minutes,
       min(uses.address) AS address,
       min(made.address) AS made_from,
       array_agg(DISTINCT concat(split_part(uses.eventsource, '.', 1), ':', uses.eventname)) AS actions,
       array_agg(DISTINCT made.id) AS event_ids,
       CASE WHEN bool_or(uses.address = made.address) AND bool_or(made.for_other) THEN 'high'
            WHEN bool_or(made.for_other) THEN 'low' ELSE 'medium' END AS severity
FROM (SELECT principal, recipientaccountid AS account, awsregion AS region, eventtime AS at, eventid AS id, sourceipaddress AS address, _window,
             coalesce(json_text(responseelements, 'accessKey.userName'), useridentity.username, 'root') AS target,
             json_text(responseelements, 'accessKey.accessKeyId') AS created_key,
             coalesce(json_text(requestparameters, 'userName') <> coalesce(useridentity.username, ''), false) AS for_other
      FROM cloudtrail
      WHERE eventsource = 'iam.amazonaws.com' AND eventname = 'CreateAccessKey' AND errorcode IS NULL AND caller <> 'iac') AS made
JOIN (SELECT recipientaccountid AS account, useridentity.accesskeyid AS access_key, eventtime AS at, sourceipaddress AS address, _window,
             eventsource, eventname
      FROM cloudtrail
      WHERE useridentity.accesskeyid LIKE 'AKIA%') AS uses
  ON uses.account = made.account AND uses.access_key = made.created_key AND uses._window = made._window AND uses.at >= made.at
WHERE made.for_other OR uses.address <> made.address
GROUP BY made.principal, made.account, made.region, made.target, made.created_key, made._window

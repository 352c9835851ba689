-- title: "A session that {who} got was used from {address}, not where the pipeline ran"
-- kind: window
-- severity: high
-- topics: [114]
-- mitre: [T1550.001, T1078.004, T1195.002]
-- why: "A GitHub job gets its session and uses it on one runner. The same session on another network was carried out of
--   the job: by a poisoned action, a log, or an artifact."
-- do: Revoke the role's sessions; read the job's log and the actions it uses; narrow the trust policy.
-- false_positives: Runners whose traffic leaves by several addresses; then the networks repeat each day.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html]
-- window: 6h
-- every: 3h
-- group_by: [account, principal, address]
SELECT uses.principal,
       uses.account,
       issued.who,
       uses.address,
       min(uses.region) AS region,
       min(uses.at) AS first,
       max(uses.at) AS last,
       count(*) AS count,
       min(issued.address) AS issued_at,
       array_agg(DISTINCT uses.agent) AS agents,
       array_agg(DISTINCT uses.action) AS actions,
       array_agg(DISTINCT uses.id) AS event_ids,
       CASE WHEN bool_or(uses.agent <> issued.agent) THEN 'high' ELSE 'medium' END AS severity
FROM (SELECT recipientaccountid AS account, json_text(responseelements, 'credentials.accessKeyId') AS session_key, network, sourceipaddress AS address,
             agent, coalesce(useridentity.username, useridentity.principalid) AS who, _window
      FROM cloudtrail
      WHERE eventsource = 'sts.amazonaws.com'
        AND eventname = 'AssumeRoleWithWebIdentity'
        AND errorcode IS NULL
        AND (useridentity.identityprovider LIKE '%token.actions.githubusercontent.com%'
             OR useridentity.principalid LIKE '%token.actions.githubusercontent.com%')) AS issued
JOIN (SELECT principal, recipientaccountid AS account, awsregion AS region, eventtime AS at, eventid AS id, sourceipaddress AS address, network, agent,
             useridentity.accesskeyid AS session_key, concat(split_part(eventsource, '.', 1), ':', eventname) AS action, _window
      FROM cloudtrail
      WHERE useridentity.type = 'AssumedRole'
        AND useridentity.accesskeyid LIKE 'ASIA%'
        AND useridentity.invokedby IS NULL
        AND regexp_like(sourceipaddress, '^[0-9a-fA-F.:]+$')) AS uses
  ON uses.session_key = issued.session_key AND uses._window = issued._window
WHERE uses.network <> issued.network
GROUP BY uses.principal, uses.account, issued.who, uses.address, uses._window

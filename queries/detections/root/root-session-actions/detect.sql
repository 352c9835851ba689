-- title: "{principal} acted as root of account {account}: {events}"
-- kind: window
-- severity: high
-- topics: [8, 1]
-- mitre: [T1078.004, T1548.005]
-- why: Acts of a central root session bear the type Root and an unknown key. Only the key of the AssumeRoot call tells
--   who it was.
-- do: Ask the caller. The acts are those of root, whoever called.
-- false_positives: Planned clean-up of root credentials in member accounts.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html]
-- window: 1d
-- group_by: [account, principal, session_key]
SELECT issued.caller AS principal,
       acts.recipientaccountid AS account,
       min(acts.awsregion) AS region,
       min(acts.eventtime) AS first,
       max(acts.eventtime) AS last,
       count(*) AS count,
       array_agg(acts.eventid) AS event_ids,
       array_agg(DISTINCT concat(split_part(acts.eventsource, '.', 1), ':', acts.eventname)) AS events,
       acts.useridentity.accesskeyid AS session_key,
       min(acts.sourceipaddress) AS address,
       CASE WHEN bool_and(coalesce(acts.readonly, false)) THEN 'medium' ELSE 'critical' END AS severity
FROM (SELECT DISTINCT json_text(responseelements, 'credentials.accessKeyId') AS session_key, principal AS caller, _window
      FROM cloudtrail
      WHERE eventsource = 'sts.amazonaws.com' AND eventname = 'AssumeRoot' AND errorcode IS NULL) AS issued
JOIN cloudtrail AS acts
  ON acts.useridentity.accesskeyid = issued.session_key AND acts._window = issued._window
WHERE acts.useridentity.type = 'Root'
  AND acts.useridentity.accesskeyid LIKE 'ASIA%'
GROUP BY issued.caller, acts.recipientaccountid, acts.useridentity.accesskeyid

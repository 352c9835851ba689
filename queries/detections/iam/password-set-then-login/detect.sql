-- title: "{principal} set the password of {target}, who signed in {minutes} minutes later from {address}"
-- kind: window
-- severity: medium
-- topics: [21]
-- mitre: [T1098.001, T1078.004]
-- why: Who sets a password and then signs in with it has taken the user over. The same address for both says it was one
--   person.
-- do: Ask the user by another way. If it was not them, remove the password and close the sessions.
-- false_positives: Help desk and user side by side; a new colleague on the first day.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords.html]
-- window: 1d
-- every: 12h
-- group_by: [account, principal, target]
SELECT acts.principal,
       acts.account,
       acts.region,
       acts.target,
       acts.at AS first,
       logins.at AS last,
       2 AS count,
       CAST((date_part('epoch', logins.at) - date_part('epoch', acts.at)) / 60 AS BIGINT) AS minutes,
       logins.address,
       acts.address AS set_from,
       make_array(acts.id, logins.id) AS event_ids,
       CASE WHEN logins.address = acts.address THEN 'high' ELSE 'medium' END AS severity
FROM (SELECT principal, recipientaccountid AS account, awsregion AS region, eventtime AS at, eventid AS id, sourceipaddress AS address,
             json_text(requestparameters, 'userName') AS target, _window
      FROM cloudtrail
      WHERE eventsource = 'iam.amazonaws.com'
        AND eventname IN ('CreateLoginProfile', 'UpdateLoginProfile')
        AND errorcode IS NULL
        AND (json_text(requestparameters, 'userName') IS DISTINCT FROM useridentity.username)) AS acts
JOIN (SELECT recipientaccountid AS account, eventtime AS at, eventid AS id, sourceipaddress AS address, useridentity.username AS who, _window
      FROM cloudtrail
      WHERE eventsource = 'signin.amazonaws.com'
        AND eventname = 'ConsoleLogin'
        AND useridentity.type = 'IAMUser'
        AND json_text(responseelements, 'ConsoleLogin') = 'Success') AS logins
  ON logins.account = acts.account AND logins.who = acts.target AND logins._window = acts._window
WHERE logins.at >= acts.at

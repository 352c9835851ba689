-- title: "{who} got an access portal token at {address}, where it did not sign in"
-- kind: window
-- severity: medium
-- topics: [25]
-- mitre: [T1528, T1550.001]
-- why: "In device code phishing the victim signs in at home and the attacker's machine gets the token: token and sign-in
--   come from two addresses."
-- do: Ask the person whether they confirmed a code that somebody sent them. End their sessions.
-- false_positives: Command lines on another machine than the browser, such as a cloud desktop.
-- references: [https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html]
-- window: 1h
-- every: 30m
-- group_by: [account, who, address]
SELECT tokens.account,
       min(tokens.principal) AS principal,
       tokens.who,
       tokens.address,
       min(tokens.region) AS region,
       min(tokens.at) AS first,
       max(tokens.at) AS last,
       count(DISTINCT tokens.id) AS count,
       array_agg(DISTINCT tokens.id) AS event_ids,
       array_agg(DISTINCT logins.address) AS signed_in_from
FROM (SELECT recipientaccountid AS account, principal, awsregion AS region, eventtime AS at, eventid AS id, sourceipaddress AS address,
             coalesce(useridentity.onbehalfof.userid, useridentity.username, useridentity.principalid) AS who, _window
      FROM cloudtrail
      WHERE eventsource IN ('sso.amazonaws.com', 'sso-oauth.amazonaws.com')
        AND eventname = 'CreateToken'
        AND errorcode IS NULL) AS tokens
JOIN (SELECT recipientaccountid AS account, sourceipaddress AS address,
             coalesce(useridentity.onbehalfof.userid, useridentity.username, useridentity.principalid) AS who, _window
      FROM cloudtrail
      WHERE eventsource IN ('sso.amazonaws.com', 'signin.amazonaws.com')
        AND eventname IN ('Authenticate', 'UserAuthentication', 'CredentialVerification')
        AND errorcode IS NULL) AS logins
  ON logins.account = tokens.account AND logins.who = tokens.who AND logins._window = tokens._window
GROUP BY tokens.account, tokens.who, tokens.address, tokens._window
HAVING bool_and(logins.address <> tokens.address)

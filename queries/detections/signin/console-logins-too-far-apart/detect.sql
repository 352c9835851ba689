-- title: "{principal} signed in {km} km apart within {minutes} minutes"
-- kind: window
-- severity: high
-- topics: [17]
-- mitre: [T1078.004]
-- why: Nobody travels so fast. One of the two sign-ins is somebody else with the same password, or goes through a VPN.
-- do: Ask the person which of the two was theirs. Close the sessions of the other, and change the password.
-- false_positives: A VPN that is switched on between the two. Without a database of addresses (`rules.geoip`) it never fires.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html]
-- window: 12h
-- every: 6h
-- threshold: {km: 500, km_per_hour: 900}
SELECT account,
       principal,
       region,
       before AS first,
       at AS last,
       2 AS count,
       make_array(event_before, event) AS event_ids,
       make_array(address_before, address) AS addresses,
       make_array(country(address_before), country(address)) AS countries,
       CAST(round(km_between(address_before, address)) AS BIGINT) AS km,
       (arrow_cast(at, 'Int64') - arrow_cast(before, 'Int64')) / 60000000 AS minutes
FROM (SELECT recipientaccountid AS account, principal, awsregion AS region, eventtime AS at, sourceipaddress AS address, eventid AS event,
             lag(eventtime) OVER (PARTITION BY recipientaccountid, principal, _window ORDER BY eventtime, eventid) AS before,
             lag(sourceipaddress) OVER (PARTITION BY recipientaccountid, principal, _window ORDER BY eventtime, eventid) AS address_before,
             lag(eventid) OVER (PARTITION BY recipientaccountid, principal, _window ORDER BY eventtime, eventid) AS event_before
      FROM cloudtrail
      WHERE eventsource = 'signin.amazonaws.com'
        AND eventname = 'ConsoleLogin'
        AND useridentity.type IN ('IAMUser', 'Root', 'FederatedUser')
        AND json_text(responseelements, 'ConsoleLogin') = 'Success') AS steps
WHERE km_between(address_before, address) >= $km
  AND km_between(address_before, address) * 3600000000 >= $km_per_hour * (arrow_cast(at, 'Int64') - arrow_cast(before, 'Int64'))

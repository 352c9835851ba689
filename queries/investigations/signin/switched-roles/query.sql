-- title: Roles switched to in the console
-- description: Who changed from their own identity to a role with the console's Switch Role, and to which.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    principal,
    json_text(additionaleventdata, 'SwitchFrom') AS switched_from,
    json_text(additionaleventdata, 'RedirectTo') AS redirected_to,
    eventname,
    coalesce(json_text(responseelements, 'SwitchRole'), json_text(responseelements, 'ExitRole')) AS result,
    sourceipaddress AS address,
    eventid
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com' AND eventname IN ('SwitchRole', 'ExitRole', 'RenewRole')
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid

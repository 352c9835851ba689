-- title: Console sign-ins without MFA
-- description: Successful sign-ins of IAM users and of root without a second factor. For sessions of SAML and Identity Center CloudTrail always says that there
--   was none, so they are left out.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT eventtime, account, identity_type, principal, username, sourceipaddress AS address, useragent, awsregion AS region, eventid
FROM console_logins
WHERE result = 'Success' AND NOT coalesce(mfa, false) AND identity_type IN ('IAMUser', 'Root')
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid

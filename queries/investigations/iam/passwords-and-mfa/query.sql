-- title: Passwords and MFA devices that changed
-- description: Login profiles, passwords and MFA devices that were made, changed or taken away, and the account's password policy.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    principal,
    eventname,
    json_text(requestparameters, 'userName') AS target,
    json_text(requestparameters, 'serialNumber') AS device,
    sourceipaddress AS address,
    errorcode,
    eventid
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
    AND eventname IN ('CreateLoginProfile', 'UpdateLoginProfile', 'DeleteLoginProfile', 'ChangePassword', 'CreateVirtualMFADevice',
        'EnableMFADevice', 'DeactivateMFADevice', 'DeleteVirtualMFADevice', 'ResyncMFADevice', 'UpdateAccountPasswordPolicy',
        'DeleteAccountPasswordPolicy')
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid

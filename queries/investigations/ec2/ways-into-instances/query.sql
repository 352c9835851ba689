-- title: Ways into instances that were taken
-- description: Sessions, commands, SSH keys, serial consoles and passwords by which somebody came onto machines.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    awsregion AS region,
    principal,
    eventsource,
    eventname,
    coalesce(json_text(requestparameters, 'target'), json_text(requestparameters, 'instanceId'), json_text(requestparameters, 'instanceIds'),
        json_text(requestparameters, 'targets'), json_text(requestparameters, 'task')) AS target,
    json_text(requestparameters, 'documentName') AS document,
    sourceipaddress AS address,
    errorcode,
    eventid
FROM cloudtrail
WHERE ((eventsource = 'ssm.amazonaws.com' AND eventname IN ('StartSession', 'SendCommand', 'ResumeSession', 'StartAutomationExecution'))
        OR (eventsource = 'ec2-instance-connect.amazonaws.com' AND eventname IN ('SendSSHPublicKey', 'SendSerialConsoleSSHPublicKey', 'OpenTunnel'))
        OR (eventsource = 'ec2.amazonaws.com' AND eventname = 'GetPasswordData')
        OR (eventsource = 'ecs.amazonaws.com' AND eventname = 'ExecuteCommand'))
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid

-- title: Root use
-- description: One row per event of a root user. `direct` is what CIS counts; the others are done by a service on root's behalf, or are
--   notes of a service, and still root's doing.
SELECT
    eventtime,
    recipientaccountid AS account,
    eventsource,
    eventname,
    awsregion AS region,
    useridentity.invokedby IS NULL AND coalesce(eventtype, '') <> 'AwsServiceEvent' AS direct,
    useridentity.invokedby AS invoked_by,
    useridentity.accesskeyid AS access_key,
    coalesce(useridentity.sessioncontext.attributes.mfaauthenticated = 'true',
        json_extract_scalar(additionaleventdata, '$.MFAUsed') = 'Yes', false) AS mfa,
    readonly,
    CASE
        WHEN json_extract_scalar(responseelements, '$.ConsoleLogin') = 'Failure' THEN 'failed'
        WHEN denied THEN 'denied'
        WHEN errorcode IS NOT NULL THEN 'error'
        ELSE 'ok'
    END AS outcome,
    sourceipaddress,
    network,
    agent,
    eventid
FROM cloudtrail
WHERE useridentity.type = 'Root'

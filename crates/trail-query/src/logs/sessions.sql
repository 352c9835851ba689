SELECT
    issued_key,
    issued_at,
    arrow_try_cast(
        CASE WHEN said[1] IS NULL THEN expiration
        ELSE said[3]
            || '-' || lpad(CAST((strpos('JanFebMarAprMayJunJulAugSepOctNovDec', said[1]) + 2) / 3 AS VARCHAR), 2, '0')
            || '-' || lpad(said[2], 2, '0')
            || 'T' || lpad(CAST(CAST(said[4] AS INTEGER) % 12 + CASE said[7] WHEN 'PM' THEN 12 ELSE 0 END AS VARCHAR), 2, '0')
            || ':' || said[5] || ':' || said[6] || 'Z'
        END,
        'Timestamp(Microsecond, Some("UTC"))'
    ) AS expires,
    caller_key,
    caller_principal,
    coalesce(json_text(requestparameters, 'roleArn'), json_text(requestparameters, 'targetPrincipal'), issued_to) AS role_arn,
    coalesce(json_text(requestparameters, 'roleSessionName'), regexp_replace(issued_to, '^.*/', '')) AS session_name,
    coalesce(json_text(responseelements, 'sourceIdentity'), json_text(requestparameters, 'sourceIdentity')) AS source_identity,
    account,
    eventid,
    eventname
FROM (
    SELECT
        json_text(responseelements, 'credentials.accessKeyId') AS issued_key,
        eventtime AS issued_at,
        json_text(responseelements, 'credentials.expiration') AS expiration,
        -- CloudTrail writes `Aug 2, 2021 11:50:03 AM` here, and ISO 8601 since 2022.
        regexp_match(
            json_text(responseelements, 'credentials.expiration'),
            '^([A-Z][a-z]{2}) ([0-9]{1,2}), ([0-9]{4}),? ([0-9]{1,2}):([0-9]{2}):([0-9]{2}) ([AP]M)$'
        ) AS said,
        useridentity.accesskeyid AS caller_key,
        principal AS caller_principal,
        coalesce(json_text(responseelements, 'assumedRoleUser.arn'), json_text(responseelements, 'federatedUser.arn')) AS issued_to,
        requestparameters,
        responseelements,
        recipientaccountid AS account,
        eventid,
        eventname
    FROM cloudtrail
    WHERE eventsource = 'sts.amazonaws.com'
        AND (eventname LIKE 'AssumeRole%' OR eventname IN ('GetSessionToken', 'GetFederationToken', 'AssumeRoot'))
)
WHERE issued_key IS NOT NULL

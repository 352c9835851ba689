-- The events of logs/ as DuckDB sees them: the table `t`, each event once. ${logs} is the folder's path.
CREATE TABLE t AS
WITH delivered AS (
    SELECT unnest(Records) AS j
    FROM read_json('${logs}/**/*.json*', columns = {'Records': 'JSON[]'}, format = 'unstructured')
),
once AS (
    SELECT j FROM delivered QUALIFY row_number() OVER (PARTITION BY j->>'recipientAccountId', j->>'eventID') = 1
)
SELECT
    j AS eventjson,
    j->>'eventVersion' AS eventversion,
    struct_pack(
        type := j->>'$.userIdentity.type',
        principalid := j->>'$.userIdentity.principalId',
        arn := j->>'$.userIdentity.arn',
        accountid := j->>'$.userIdentity.accountId',
        invokedby := j->>'$.userIdentity.invokedBy',
        accesskeyid := j->>'$.userIdentity.accessKeyId',
        username := j->>'$.userIdentity.userName',
        sessioncontext := struct_pack(
            attributes := struct_pack(
                mfaauthenticated := j->>'$.userIdentity.sessionContext.attributes.mfaAuthenticated',
                creationdate := j->>'$.userIdentity.sessionContext.attributes.creationDate'
            ),
            sessionissuer := struct_pack(
                type := j->>'$.userIdentity.sessionContext.sessionIssuer.type',
                principalid := j->>'$.userIdentity.sessionContext.sessionIssuer.principalId',
                arn := j->>'$.userIdentity.sessionContext.sessionIssuer.arn',
                accountid := j->>'$.userIdentity.sessionContext.sessionIssuer.accountId',
                username := j->>'$.userIdentity.sessionContext.sessionIssuer.userName'
            ),
            ec2roledelivery := j->>'$.userIdentity.sessionContext.ec2RoleDelivery',
            sourceidentity := j->>'$.userIdentity.sessionContext.sourceIdentity'
        ),
        onbehalfof := struct_pack(
            userid := j->>'$.userIdentity.onBehalfOf.userId',
            identitystorearn := j->>'$.userIdentity.onBehalfOf.identityStoreArn'
        ),
        identityprovider := j->>'$.userIdentity.identityProvider'
    ) AS useridentity,
    strptime(j->>'eventTime', '%Y-%m-%dT%H:%M:%SZ') AS eventtime,
    j->>'eventSource' AS eventsource,
    j->>'eventName' AS eventname,
    j->>'awsRegion' AS awsregion,
    j->>'sourceIPAddress' AS sourceipaddress,
    j->>'userAgent' AS useragent,
    j->>'errorCode' AS errorcode,
    j->>'errorMessage' AS errormessage,
    CASE json_type(j, '$.requestParameters') WHEN 'NULL' THEN NULL ELSE j->'requestParameters' END AS requestparameters,
    CASE json_type(j, '$.responseElements') WHEN 'NULL' THEN NULL ELSE j->'responseElements' END AS responseelements,
    j->'additionalEventData' AS additionaleventdata,
    j->>'requestID' AS requestid,
    j->>'eventID' AS eventid,
    (j->>'readOnly')::BOOLEAN AS readonly,
    list_transform((j->'resources')::JSON[], lambda r: struct_pack(
        arn := coalesce(r->>'ARN', r->>'arn'), accountid := r->>'accountId', type := r->>'type'
    )) AS resources,
    j->>'eventType' AS eventtype,
    (j->>'managementEvent')::BOOLEAN AS managementevent,
    j->>'recipientAccountId' AS recipientaccountid,
    j->'serviceEventDetails' AS serviceeventdetails,
    j->>'sharedEventID' AS sharedeventid,
    j->>'vpcEndpointId' AS vpcendpointid,
    j->>'vpcEndpointAccountId' AS vpcendpointaccountid,
    j->>'eventCategory' AS eventcategory,
    struct_pack(
        reason := j->>'$.addendum.reason',
        updatedfields := j->>'$.addendum.updatedFields',
        originalrequestid := j->>'$.addendum.originalRequestID',
        originaleventid := j->>'$.addendum.originalEventID'
    ) AS addendum,
    j->>'sessionCredentialFromConsole' AS sessioncredentialfromconsole,
    j->'insightDetails' AS insightdetails,
    struct_pack(
        tlsversion := j->>'$.tlsDetails.tlsVersion',
        ciphersuite := j->>'$.tlsDetails.cipherSuite',
        clientprovidedhostheader := j->>'$.tlsDetails.clientProvidedHostHeader'
    ) AS tlsdetails,
    -- The partition columns of Athena's tables, and the time as its text.
    j->>'eventTime' AS timetext,
    j->>'recipientAccountId' AS account,
    j->>'awsRegion' AS region,
    strftime(eventtime, '%Y') AS "year",
    strftime(eventtime, '%m') AS "month",
    strftime(eventtime, '%d') AS "day",
    strftime(eventtime, '%Y/%m/%d') AS "timestamp"
FROM once
ORDER BY eventtime, eventid;

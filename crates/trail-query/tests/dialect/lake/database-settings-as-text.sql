-- What was a number or a boolean in the event is text in the map.
SELECT element_at(requestParameters, 'dBInstanceIdentifier') AS db,
       CAST(element_at(requestParameters, 'allocatedStorage') AS BIGINT) AS gib,
       element_at(requestParameters, 'backupRetentionPeriod') AS retention,
       element_at(requestParameters, 'vpcSecurityGroupIds') AS groups_,
       element_at(requestParameters, 'noSuchParameter') AS missing
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventName = 'CreateDBInstance'
  AND (element_at(requestParameters, 'publiclyAccessible') = 'true'
       OR element_at(requestParameters, 'storageEncrypted') = 'false'
       OR CAST(element_at(requestParameters, 'allocatedStorage') AS BIGINT) > 50)
ORDER BY db

-- Ordered by what the columns are made of, not by what they are called.
SELECT DISTINCT
    element_at(requestParameters, 'bucketName'
    ) AS Bucket,
    awsRegion AS Region,
    recipientAccountId AS AccountID
FROM
    $EDS_ID
WHERE
    element_at(requestParameters, 'list-type'
    ) = '2'ORDER BY recipientAccountId, awsRegion, element_at(requestParameters, 'bucketName')

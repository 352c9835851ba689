SELECT eventName, element_at(resources, -1).type AS lastType,
       array_join(array_sort(transform(resources, r -> COALESCE(r.arn, '-'))), ' ') AS arns
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE cardinality(resources) = 2 AND eventName IN ('ListObjects', 'HeadObject') AND awsRegion = 'eu-west-1'
ORDER BY eventTime

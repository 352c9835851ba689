-- Arrays within arrays: tag sets of the launch, then the tags of each.
SELECT l.eventtime, json_extract_scalar(tagset, '$.resourceType') AS resource_type, tag.key, tag.value, tag.n
FROM cloudtrail_logs l
CROSS JOIN UNNEST(CAST(json_extract(l.requestparameters, '$.tagSpecificationSet.items') AS ARRAY(JSON))) AS s(tagset)
CROSS JOIN UNNEST(CAST(json_extract(tagset, '$.tags') AS ARRAY(ROW(key VARCHAR, value VARCHAR)))) WITH ORDINALITY AS tag(key, value, n)
WHERE l.eventname = 'RunInstances' AND l.account = '444455556666' AND l.errorcode IS NULL
ORDER BY l.eventtime, tag.n

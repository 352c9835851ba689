SELECT eventtime, json_extract_scalar(requestparameters, '$.instanceType') AS instance_type,
       cardinality(filter(CAST(json_extract(requestparameters, '$.tagSpecificationSet.items[0].tags') AS ARRAY(JSON)),
                          x -> json_extract_scalar(x, '$.key') <> 'Name')) AS other_tags,
       any_match(CAST(json_extract(requestparameters, '$.tagSpecificationSet.items[0].tags') AS ARRAY(JSON)),
                 x -> json_extract_scalar(x, '$.value') IN ('prod', 'dev')) AS has_environment
FROM cloudtrail_logs
WHERE eventname = 'RunInstances' AND json_extract_scalar(requestparameters, '$.monitoring.enabled') = 'true'
ORDER BY eventtime

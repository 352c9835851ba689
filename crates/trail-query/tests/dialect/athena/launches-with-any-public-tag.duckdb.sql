-- ordered
SELECT eventtime, (requestparameters->>'instanceType') AS instance_type,
       len(list_filter(tags, lambda x: (x->>'key') <> 'Name')) AS other_tags,
       len(list_filter(tags, lambda x: (x->>'value') IN ('prod', 'dev'))) > 0 AS has_environment
FROM (SELECT *, (requestparameters->'$.tagSpecificationSet.items[0].tags')::JSON[] AS tags FROM t
      WHERE eventname = 'RunInstances' AND (requestparameters->>'$.monitoring.enabled') = 'true') ORDER BY eventtime

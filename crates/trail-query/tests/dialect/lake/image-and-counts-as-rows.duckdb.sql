-- ordered
SELECT eventtime, (requestparameters->>'$.instancesSet.items[0].imageId') AS imageid,
       (requestparameters->>'$.instancesSet.items[0].minCount')::INT AS mincount,
       (requestparameters->>'$.instancesSet.items[0].maxCount')::INT AS maxcount
FROM t WHERE eventname = 'RunInstances' AND errorcode IS NULL AND maxcount > 2 ORDER BY eventtime

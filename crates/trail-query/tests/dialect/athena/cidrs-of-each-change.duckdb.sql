-- ordered
SELECT eventtime, list_distinct_in_order AS cidrs FROM (
    SELECT eventtime, list_filter(cs, lambda c, i: list_position(cs, c) = i) AS list_distinct_in_order FROM (
        SELECT eventtime, flatten(list_transform((requestparameters->'$.ipPermissions.items')::JSON[],
            lambda p: list_transform((p->'$.ipRanges.items')::JSON[], lambda r: (r->>'cidrIp')))) AS cs
        FROM t WHERE eventsource = 'ec2.amazonaws.com' AND eventname LIKE '%SecurityGroupIngress'))
ORDER BY eventtime

-- ordered
SELECT eventtime, launched, sum(launched) OVER (ORDER BY eventtime ROWS UNBOUNDED PRECEDING) AS total FROM (
    SELECT eventtime, json_array_length(responseelements, '$.instancesSet.items')::BIGINT AS launched FROM t
    WHERE eventname = 'RunInstances' AND errorcode IS NULL AND recipientaccountid = '111122223333') ORDER BY eventtime

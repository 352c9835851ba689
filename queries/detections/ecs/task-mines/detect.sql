-- title: "{principal} defined or ran a task that looks like a miner"
-- kind: match
-- severity: high
-- topics: [333]
-- mitre: [T1496.001]
-- why: Image, command or address are those of programs that mine coins - at your cost.
-- do: Stop the task; look for the same in other regions; find out how the credentials were lost.
-- false_positives: Images whose name only sounds like it.
-- references: [https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html]
SELECT coalesce(json_text(requestparameters, 'family'), json_text(requestparameters, 'taskDefinition')) AS family,
       json_text(requestparameters, 'containerDefinitions[0].image') AS image,
       json_text(requestparameters, 'count') AS tasks
FROM cloudtrail
WHERE eventsource = 'ecs.amazonaws.com'
  AND eventname IN ('RegisterTaskDefinition', 'RunTask', 'StartTask', 'CreateService')
  AND (errorcode IS NULL OR denied)
  AND caller <> 'aws_service'
  AND regexp_like(lower(requestparameters), 'xmrig|xmr-stak|minerd|cpuminer|ccminer|ethminer|phoenixminer|nbminer|t-rex|lolminer|cgminer|bfgminer|nicehash|minexmr|supportxmr|nanopool|2miners|moneroocean|hashvault|stratum\+(tcp|ssl)|--donate-level|cryptonight|randomx|monero')

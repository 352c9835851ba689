-- title: "{principal} set up containers by hand: {event}"
-- kind: match
-- severity: low
-- topics: [463, 464]
-- mitre: [T1496, T1610]
-- why: Miners like ECS, for it starts large machines and asks nobody. What runs there usually comes from a pipeline.
-- do: Look at the image and at the size; compare regions.
-- false_positives: Developers.
-- references: [https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'cluster'), json_text(requestparameters, 'clusterName'), 'the default cluster') AS cluster,
       coalesce(json_text(requestparameters, 'taskDefinition'), json_text(requestparameters, 'family')) AS task,
       CASE WHEN eventname IN ('CreateCluster', 'CreateService') THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'ecs.amazonaws.com'
  AND eventname IN ('CreateCluster', 'CreateService', 'RunTask', 'RegisterTaskDefinition', 'UpdateService')
  AND errorcode IS NULL
  AND caller IN ('human', 'unknown')

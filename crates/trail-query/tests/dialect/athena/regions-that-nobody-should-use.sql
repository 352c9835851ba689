SELECT awsregion, eventsource, count(*) AS n
FROM cloudtrail_logs
WHERE awsregion NOT IN ('us-east-1', 'eu-west-1')
  AND COALESCE(useridentity.invokedby, '') = ''
GROUP BY awsregion, eventsource
ORDER BY n DESC, eventsource

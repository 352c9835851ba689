-- ordered
SELECT awsregion, eventsource, count(*) AS n FROM t WHERE awsregion NOT IN ('us-east-1', 'eu-west-1') AND useridentity.invokedby IS NULL
GROUP BY 1, 2 ORDER BY n DESC, eventsource

-- title: "{principal} deleted a store of data: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1485]
-- why: Search domains, caches, queues of events and file systems hold data that often has no other copy.
-- do: Ask the owner; restore from a backup.
-- false_positives: The end of a project.
-- references: [https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DeleteDomain.html]
-- group_by: [account, principal, service]
SELECT split_part(eventsource, '.', 1) AS service,
       coalesce(json_text(requestparameters, 'domainName'), json_text(requestparameters, 'replicationGroupId'), json_text(requestparameters, 'cacheClusterId'),
                json_text(requestparameters, 'clusterArn'), json_text(requestparameters, 'fileSystemId'), json_text(requestparameters, 'clusterName'),
                json_text(requestparameters, 'keyspaceName'), json_text(requestparameters, 'databaseName'), json_text(requestparameters, 'vaultName')) AS target,
       CASE WHEN caller = 'iac' THEN 'info' WHEN caller = 'workload' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource IN ('es.amazonaws.com', 'elasticache.amazonaws.com', 'kafka.amazonaws.com', 'fsx.amazonaws.com', 'memorydb.amazonaws.com', 'cassandra.amazonaws.com', 'timestream.amazonaws.com', 'glacier.amazonaws.com', 'kinesis.amazonaws.com')
  AND eventname IN ('DeleteDomain', 'DeleteElasticsearchDomain', 'DeleteReplicationGroup', 'DeleteCacheCluster',
                    'DeleteCluster', 'DeleteFileSystem', 'DeleteBackup', 'DeleteVolume', 'DeleteSnapshot', 'DeleteKeyspace',
                    'DeleteTable', 'DeleteDatabase', 'DeleteVault', 'DeleteArchive', 'DeleteStream')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

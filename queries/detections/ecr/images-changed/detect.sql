-- title: "{principal} changed images or repositories: {event}"
-- kind: match
-- severity: low
-- topics: [335]
-- mitre: [T1525, T1204.003]
-- why: What runs in your containers comes from here. An image that is put in place of another runs with every role that uses
--   it.
-- do: Check that the change came through the pipeline.
-- false_positives: Developers who push by hand; pipelines are only noted.
-- references: [https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'repositoryName'), 'the registry') AS repository,
       json_text(requestparameters, 'imageTag') AS tag,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource IN ('ecr.amazonaws.com', 'ecr-public.amazonaws.com')
  AND eventname IN ('PutImage', 'BatchDeleteImage', 'CreateRepository', 'DeleteRepository', 'SetRepositoryPolicy', 'DeleteRepositoryPolicy',
                    'PutImageTagMutability', 'PutLifecyclePolicy', 'DeleteLifecyclePolicy', 'PutImageScanningConfiguration',
                    'PutRegistryPolicy', 'DeleteRegistryPolicy', 'PutReplicationConfiguration', 'PutRegistryScanningConfiguration',
                    'CreatePullThroughCacheRule', 'UpdatePullThroughCacheRule', 'DeletePullThroughCacheRule')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

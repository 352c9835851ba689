SELECT bucket, unnest(CASE WHEN json_type(s, '$.Principal.AWS') = 'ARRAY' THEN (s->'$.Principal.AWS')::VARCHAR[]
    ELSE [coalesce((s->>'$.Principal.AWS'), (s->>'$.Principal'))] END) AS principal
FROM (SELECT (requestparameters->>'bucketName') AS bucket, unnest((requestparameters->'$.bucketPolicy.Statement')::JSON[]) AS s FROM t WHERE eventname = 'PutBucketPolicy')
WHERE (s->>'Effect') = 'Allow'

-- ordered
SELECT k, ctx->>k AS v, count(*) AS uses FROM (
    SELECT ctx, unnest(json_keys(ctx)) AS k FROM (SELECT (requestparameters->'encryptionContext') AS ctx FROM t
        WHERE eventsource = 'kms.amazonaws.com' AND useridentity.type IN ('IAMUser', 'AssumedRole')))
GROUP BY 1, 2 ORDER BY k, uses DESC, v

-- ordered
SELECT (requestparameters->>'userName') AS username,
       list_transform((requestparameters->'tags')::JSON[], lambda tag: (tag->>'key') || '=' || (tag->>'value')) AS tags
FROM t WHERE eventname = 'CreateUser' AND errorcode IS NULL ORDER BY username

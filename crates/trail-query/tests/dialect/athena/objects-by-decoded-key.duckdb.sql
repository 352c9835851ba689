-- ordered
SELECT url_decode(replace((requestparameters->>'key'), '+', ' ')) AS object_key, count(*) AS n FROM t
WHERE eventname = 'GetObject' AND contains((requestparameters->>'key'), '%') GROUP BY 1 ORDER BY n DESC, object_key

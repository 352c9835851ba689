SELECT session_key, first_call, calls
FROM (
    SELECT useridentity.accesskeyid AS session_key,
           first_value(eventname) OVER (PARTITION BY useridentity.accesskeyid ORDER BY eventtime) AS first_call,
           count(*) OVER (PARTITION BY useridentity.accesskeyid) AS calls,
           row_number() OVER (PARTITION BY useridentity.accesskeyid ORDER BY eventtime) AS position_
    FROM cloudtrail_logs
    WHERE useridentity.accesskeyid LIKE 'ASIASESSION%'
)
WHERE position_ = 1 AND calls > 2
ORDER BY session_key

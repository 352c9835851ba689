-- ordered
SELECT useridentity.arn AS who, eventname, eventtime AS "at" FROM t WHERE eventsource = 'iam.amazonaws.com' AND NOT readonly
QUALIFY row_number() OVER (PARTITION BY useridentity.arn ORDER BY eventtime DESC) = 1 ORDER BY who

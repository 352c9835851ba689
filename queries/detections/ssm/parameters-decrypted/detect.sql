-- title: "{principal} read parameters in the clear"
-- kind: match
-- severity: info
-- topics: [197]
-- mitre: [T1552, T1555]
-- why: Context. SecureString parameters hold passwords and keys; with withDecryption they are read in the clear.
-- do: Nothing by itself; many at once have a detection of their own.
-- false_positives: Programs read their settings this way all day.
-- references: [https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'path'), json_text(requestparameters, 'names')) AS parameters,
       denied AS refused,
       CASE WHEN caller IN ('human', 'unknown') THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'ssm.amazonaws.com'
  AND eventname IN ('GetParameter', 'GetParameters', 'GetParametersByPath', 'GetParameterHistory')
  AND (errorcode IS NULL OR denied)
  AND caller <> 'aws_service'
  AND lower(json_text(requestparameters, 'withDecryption')) = 'true'

-- STS writes the end of a session as text.
SELECT element_at(requestParameters, 'roleSessionName') AS session,
       date_parse(json_extract_scalar(element_at(responseElements, 'credentials'), '$.expiration'), '%b %e, %Y, %h:%i:%s %p') AS ends,
       eventTime
FROM 7f3c2a10-5b6d-4e8f-9a01-b2c3d4e5f607
WHERE eventName = 'AssumeRole' AND userIdentity.type = 'IAMUser' AND userIdentity.userName = 'bob'
ORDER BY ends

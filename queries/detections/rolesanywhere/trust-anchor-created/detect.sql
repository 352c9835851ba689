-- title: "{principal} made the certificate authority {anchor} an entry to the account"
-- kind: match
-- severity: high
-- topics: [119]
-- mitre: [T1098.003, T1556]
-- why: Whoever holds a key of that authority can take the roles of every profile, from anywhere, with no user and no
--   access key.
-- do: Check whose authority it is. Delete what you do not know.
-- false_positives: Set-up of machines outside AWS.
-- references: [https://docs.aws.amazon.com/rolesanywhere/latest/userguide/introduction.html]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'trustAnchorId'), 'of unknown name') AS anchor,
       CASE WHEN json_text(requestparameters, 'source.sourceData.acmPcaArn') IS NULL THEN 'external' ELSE 'AWS Private CA' END AS source,
       CASE WHEN json_text(requestparameters, 'source.sourceData.acmPcaArn') IS NULL THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'rolesanywhere.amazonaws.com'
  AND eventname IN ('CreateTrustAnchor', 'UpdateTrustAnchor', 'ImportTrustAnchor')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

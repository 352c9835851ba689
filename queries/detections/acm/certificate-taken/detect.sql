-- title: "{principal} took or removed a certificate: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1552.004]
-- why: With the key of a certificate somebody else is the site. A deleted one stops it.
-- do: Revoke the certificate; ask the caller.
-- false_positives: Certificates for servers outside AWS.
-- references: [https://docs.aws.amazon.com/acm/latest/APIReference/API_ExportCertificate.html]
-- group_by: [account, principal]
SELECT json_text(requestparameters, 'certificateArn') AS certificate,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' WHEN eventname = 'DeleteCertificate' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'acm.amazonaws.com'
  AND eventname IN ('ExportCertificate', 'DeleteCertificate')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

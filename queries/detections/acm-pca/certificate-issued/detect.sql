-- title: "{principal} had the private CA issue or hand out a certificate"
-- kind: match
-- severity: info
-- topics: [121]
-- mitre: [T1649, T1040]
-- why: A certificate of the private CA lets its holder pose as a server, and with Roles Anywhere as a role.
-- do: Check that the requester is one that should get certificates. Where Roles Anywhere trusts this CA, treat it like an
--   access key.
-- false_positives: Service meshes and certificate managers, all day.
-- references: [https://docs.aws.amazon.com/privateca/latest/userguide/PcaWelcome.html]
-- group_by: [account, principal, authority]
SELECT coalesce(json_text(requestparameters, 'certificateAuthorityArn'), 'of unknown name') AS authority,
       CASE WHEN eventname = 'IssueCertificate' AND caller = 'human' THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'acm-pca.amazonaws.com'
  AND eventname IN ('IssueCertificate', 'GetCertificate')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

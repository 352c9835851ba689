-- title: "{principal} {act} for {target}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1098.001, T1556.006]
-- why: A server certificate lets its holder pose as a server; a device that is synchronised anew may be a copy of the
--   secret.
-- do: Ask the user.
-- false_positives: Old load balancers whose certificates live in IAM; devices whose clock is off.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html]
SELECT CASE eventname WHEN 'ResyncMFADevice' THEN 'synchronised an MFA device' WHEN 'UploadServerCertificate' THEN 'uploaded a server certificate'
                      ELSE 'replaced a certificate or key' END AS act,
       coalesce(json_text(requestparameters, 'userName'), json_text(requestparameters, 'serverCertificateName'), useridentity.username, 'the account') AS target,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('ResyncMFADevice', 'UploadServerCertificate', 'UpdateServerCertificate', 'UpdateSigningCertificate', 'UpdateSSHPublicKey',
                    'UpdateServiceSpecificCredential')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

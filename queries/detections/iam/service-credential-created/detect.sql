-- title: "{principal} created {kind} for {target}"
-- kind: match
-- severity: medium
-- topics: [37]
-- mitre: [T1098.001]
-- why: Passwords for CodeCommit or Bedrock, SSH keys and certificates are long-lived credentials that no key report
--   shows.
-- do: Check that they are needed. Delete what is not.
-- false_positives: Git over SSH, Bedrock API keys for developers.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
SELECT coalesce(json_text(requestparameters, 'userName'), useridentity.username) AS target,
       CASE eventname WHEN 'UploadSSHPublicKey' THEN 'an SSH key' WHEN 'UploadSigningCertificate' THEN 'a signing certificate'
                      ELSE concat('a password for ', coalesce(json_text(requestparameters, 'serviceName'), 'a service')) END AS kind
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('CreateServiceSpecificCredential', 'ResetServiceSpecificCredential', 'UploadSSHPublicKey', 'UploadSigningCertificate')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

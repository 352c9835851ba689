-- title: "{principal} gave the Bedrock user {target} more: {event}"
-- kind: match
-- severity: high
-- topics: [93]
-- mitre: [T1098.001, T1098.003]
-- why: The hidden user behind a Bedrock API key appears in no list of people. An access key, a password or a policy makes
--   it a user that nobody watches.
-- do: Take the credential away, and look at who added it.
-- false_positives: None known. The policy that Bedrock itself attaches is left out.
-- references: [https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html]
-- group_by: [account, principal, target]
SELECT json_text(requestparameters, 'userName') AS target,
       json_text(requestparameters, 'policyArn') AS policy
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('CreateAccessKey', 'CreateLoginProfile', 'UpdateLoginProfile', 'AttachUserPolicy', 'PutUserPolicy', 'AddUserToGroup',
                    'UploadSSHPublicKey', 'UploadSigningCertificate')
  AND errorcode IS NULL
  AND json_text(requestparameters, 'userName') LIKE 'BedrockAPIKey-%'
  AND coalesce(json_text(requestparameters, 'policyArn'), '') NOT LIKE '%:policy/AmazonBedrock%'

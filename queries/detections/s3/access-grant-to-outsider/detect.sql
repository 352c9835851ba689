-- title: "{principal} gave a principal of account {owner} a grant on objects"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1098, T1537]
-- why: Grants of S3 let a principal in without any bucket policy that a check would read.
-- do: Delete the grant; look at what was read with it (GetDataAccess).
-- false_positives: "A partner: name its account as trusted."
-- references: [https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateAccessGrant.html]
-- group_by: [account, principal]
SELECT split_part(coalesce(json_text(requestparameters, 'Grantee.GranteeIdentifier'), json_text(requestparameters, 'grantee.granteeIdentifier')), ':', 5) AS owner,
       json_text(requestparameters, 'Permission') AS permission
FROM cloudtrail
WHERE eventsource IN ('s3.amazonaws.com', 's3-control.amazonaws.com')
  AND eventname = 'CreateAccessGrant'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND regexp_like(replace(requestparameters, coalesce(recipientaccountid, '-'), ''), 'arn:aws[a-z-]*:iam::[0-9]{12}:')
  AND trusted_account(split_part(coalesce(json_text(requestparameters, 'Grantee.GranteeIdentifier'), json_text(requestparameters, 'grantee.granteeIdentifier')), ':', 5)) IS NOT TRUE

-- title: "{principal} changed tags of {target} by which access is given: {tags}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1098]
-- why: Where policies look at tags of the caller, a tag is a right. Whoever may tag an identity may give it that right,
--   with no policy touched.
-- do: See which policies name the tag (aws:PrincipalTag). Allow tagging of identities only to those who write policies.
-- false_positives: Cost tags; where access does not go by tags, disable it.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/introduction_attribute-based-access-control.html]
-- group_by: [account, principal, target]
SELECT coalesce(json_text(requestparameters, 'roleName'), json_text(requestparameters, 'userName'), 'an identity') AS target,
       coalesce(json_text(requestparameters, 'tags'), json_text(requestparameters, 'tagKeys'), 'none named') AS tags,
       CASE WHEN caller = 'iac' THEN 'info'
            WHEN coalesce(json_text(requestparameters, 'roleName'), '-') = coalesce(useridentity.sessioncontext.sessionissuer.username, '')
              OR coalesce(json_text(requestparameters, 'userName'), '-') = coalesce(useridentity.username, '') THEN 'medium'
            ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'iam.amazonaws.com'
  AND eventname IN ('TagRole', 'UntagRole', 'TagUser', 'UntagUser')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

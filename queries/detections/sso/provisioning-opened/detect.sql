-- title: "{principal} made a way to create users of Identity Center from outside: {event}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1098.001, T1136.003]
-- why: With the token anybody creates users and puts them into groups, from any place, for a year.
-- do: Delete tokens that nobody knows; compare users with the identity provider.
-- false_positives: The yearly renewal of the token; the set-up of an identity provider.
-- references: [https://docs.aws.amazon.com/singlesignon/latest/userguide/provision-automatically.html]
-- group_by: [account, principal]
SELECT json_text(requestparameters, 'tenantId') AS tenant
FROM cloudtrail
WHERE eventsource = 'sso-directory.amazonaws.com'
  AND eventname IN ('CreateBearerToken', 'CreateProvisioningTenant')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

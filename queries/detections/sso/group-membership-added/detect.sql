-- title: "{principal} {act} of Identity Center"
-- kind: match
-- severity: low
-- topics: [124]
-- mitre: [T1098]
-- why: "Groups carry assignments: membership is access."
-- do: Check who asked for it.
-- false_positives: Synchronization from the directory.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html]
SELECT CASE eventname WHEN 'CreateGroup' THEN 'made a group' ELSE 'put a user into a group' END AS act,
       coalesce(json_text(requestparameters, 'groupId'), json_text(requestparameters, 'displayName'), json_text(requestparameters, 'groupName')) AS group_id,
       coalesce(json_text(requestparameters, 'memberId.userId'), json_text(requestparameters, 'member.memberId')) AS member
FROM cloudtrail
WHERE eventsource IN ('identitystore.amazonaws.com', 'sso-directory.amazonaws.com')
  AND eventname IN ('CreateGroupMembership', 'AddMemberToGroup', 'CreateGroup')
  AND errorcode IS NULL

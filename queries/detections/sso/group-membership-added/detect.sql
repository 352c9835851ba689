-- title: "{principal} put a user into a group of Identity Center"
-- kind: match
-- severity: low
-- topics: [124]
-- mitre: [T1098]
-- why: "Groups carry assignments: membership is access."
-- do: Check who asked for it.
-- false_positives: Synchronization from the directory.
SELECT json_text(requestparameters, 'groupId') AS group_id,
       coalesce(json_text(requestparameters, 'memberId.userId'), json_text(requestparameters, 'member.memberId')) AS member
FROM cloudtrail
WHERE eventsource IN ('identitystore.amazonaws.com', 'sso-directory.amazonaws.com')
  AND eventname IN ('CreateGroupMembership', 'AddMemberToGroup')
  AND errorcode IS NULL

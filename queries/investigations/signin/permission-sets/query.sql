-- title: Permission sets and assignments of Identity Center that changed
-- description: Who changed what people may do through Identity Center - permission sets, their policies, and who is assigned to which account.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    principal,
    eventsource,
    eventname,
    coalesce(json_text(requestparameters, 'permissionSetArn'), json_text(requestparameters, 'name')) AS permission_set,
    json_text(requestparameters, 'targetId') AS target_account,
    json_text(requestparameters, 'principalType') AS assigned_type,
    coalesce(json_text(requestparameters, 'principalId'), json_text(requestparameters, 'memberId.userId'), json_text(requestparameters, 'member.memberId')) AS assigned,
    coalesce(json_text(requestparameters, 'managedPolicyArn'), json_text(requestparameters, 'inlinePolicy')) AS policy,
    errorcode,
    eventid
FROM cloudtrail
WHERE eventsource IN ('sso.amazonaws.com', 'sso-directory.amazonaws.com', 'identitystore.amazonaws.com')
    AND regexp_like(eventname, '(PermissionSet|AccountAssignment|PermissionsBoundary|GroupMembership|MemberToGroup|MemberFromGroup)')
    AND NOT regexp_like(eventname, '^(Get|List|Describe|Is)') AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid

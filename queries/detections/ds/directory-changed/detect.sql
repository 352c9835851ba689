-- title: "{principal} changed a directory or a user in it: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1098, T1484.002]
-- why: The administrator of the directory is administrator of the machines in it. A trust lets in another directory.
-- do: Change the password; look at the trusts.
-- false_positives: The help desk.
-- references: [https://docs.aws.amazon.com/directoryservice/latest/devguide/API_ResetUserPassword.html]
-- group_by: [account, principal, directory]
SELECT coalesce(json_text(requestparameters, 'directoryId'), 'of unknown name') AS directory,
       coalesce(json_text(requestparameters, 'userName'), json_text(requestparameters, 'remoteDomainName'), json_text(requestparameters, 'sAMAccountName')) AS target,
       CASE WHEN caller = 'iac' THEN 'low' WHEN eventname = 'CreateTrust' THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource IN ('ds.amazonaws.com', 'ds-data.amazonaws.com')
  AND eventname IN ('ResetUserPassword', 'CreateTrust', 'EnableDirectoryDataAccess', 'ShareDirectory', 'DisableLDAPS',
                    'DisableClientAuthentication', 'DisableRadius', 'CreateUser', 'AddGroupMember', 'DeleteLogSubscription')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

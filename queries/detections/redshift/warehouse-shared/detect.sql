-- title: "{principal} let account {account_shared} restore the warehouse snapshot {snapshot}"
-- kind: match
-- severity: high
-- topics: []
-- mitre: [T1537]
-- why: The other account restores the whole warehouse at home, where nobody sees what is read.
-- do: Take the right back; ask the other side.
-- false_positives: "A partner: name its account as trusted."
-- references: [https://docs.aws.amazon.com/redshift/latest/APIReference/API_AuthorizeSnapshotAccess.html]
-- group_by: [account, principal, snapshot]
SELECT coalesce(json_text(requestparameters, 'snapshotIdentifier'), json_text(requestparameters, 'snapshotArn'), json_text(requestparameters, 'clusterIdentifier'), 'of unknown name') AS snapshot,
       coalesce(json_text(requestparameters, 'accountWithRestoreAccess'), json_text(requestparameters, 'account'), json_text(requestparameters, 'consumerIdentifier')) AS account_shared
FROM cloudtrail
WHERE eventsource = 'redshift.amazonaws.com'
  AND eventname IN ('AuthorizeSnapshotAccess', 'AuthorizeEndpointAccess', 'AuthorizeDataShare')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND regexp_like(replace(coalesce(json_text(requestparameters, 'accountWithRestoreAccess'), json_text(requestparameters, 'account'),
                                  json_text(requestparameters, 'consumerIdentifier')), coalesce(recipientaccountid, '-'), ''), '^[0-9]{12}$')
  AND trusted_account(coalesce(json_text(requestparameters, 'accountWithRestoreAccess'), json_text(requestparameters, 'account'),
                               json_text(requestparameters, 'consumerIdentifier'))) IS NOT TRUE

-- title: "{principal} shared the snapshot {target} with {who}"
-- kind: match
-- severity: high
-- topics: [228, 229]
-- mitre: [T1537]
-- why: Whoever may use it can copy all that is on it to an account where nobody sees what happens.
-- do: Take the permission back; ask what was on it and who owns the account.
-- false_positives: Images and copies for other accounts of your own; name them in the settings.
-- references:
--   - https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySnapshotAttribute.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.exfiltration.ec2-share-ebs-snapshot/
-- group_by: [account, principal, target]
SELECT json_text(requestparameters, 'snapshotId') AS target,
       CASE WHEN json_text(requestparameters, 'createVolumePermission.add') LIKE '%"all"%' THEN 'everybody'
            ELSE concat('account ', coalesce(json_text(requestparameters, 'createVolumePermission.add.items[0].userId'), 'or organization outside')) END AS who,
       json_text(requestparameters, 'createVolumePermission.add.items') AS added,
       CASE WHEN json_text(requestparameters, 'createVolumePermission.add') LIKE '%"all"%' THEN 'critical' ELSE 'high' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname = 'ModifySnapshotAttribute'
  AND errorcode IS NULL
  AND (json_text(requestparameters, 'createVolumePermission.add.items') LIKE '%"group":"all"%'
       OR (regexp_like(replace(json_text(requestparameters, 'createVolumePermission.add.items'), coalesce(recipientaccountid, '-'), ''), '"userId":"[0-9]{12}"')
           AND (trusted_account(json_text(requestparameters, 'createVolumePermission.add.items[0].userId')) IS NOT TRUE
                OR (json_text(requestparameters, 'createVolumePermission.add.items[1]') IS NOT NULL
                    AND trusted_account(json_text(requestparameters, 'createVolumePermission.add.items[1].userId')) IS NOT TRUE))))

-- title: "{principal} used a name that intruders left in other accounts: {name}"
-- kind: match
-- severity: high
-- topics: [242]
-- mitre: [T1098.001, T1136.003]
-- why: Tools and gangs reuse the names of key pairs, groups and users from one victim to the next.
-- do: "Treat the caller as stolen: disable its credentials, and look for the same name in all regions and accounts."
-- false_positives: A name that is yours by chance; a folder of your own replaces the list.
-- references: [https://stratus-red-team.cloud/attack-techniques/AWS/aws.persistence.ec2-create-suspicious-keypair/]
-- group_by: [account, principal, name]
SELECT coalesce(json_text(requestparameters, 'keyName'), json_text(requestparameters, 'groupName'), json_text(requestparameters, 'userName'), 'of unknown name') AS name
FROM cloudtrail
WHERE eventsource IN ('ec2.amazonaws.com', 'iam.amazonaws.com')
  AND eventname IN ('CreateKeyPair', 'ImportKeyPair', 'CreateSecurityGroup', 'CreateUser', 'CreateLoginProfile')
  AND caller <> 'aws_service'
  AND (lower(json_text(requestparameters, 'keyName')) IN ('xg1', 'temp_key_pair')
       OR regexp_like(lower(json_text(requestparameters, 'groupName')), '^java_?ghost')
       OR regexp_like(lower(json_text(requestparameters, 'groupDescription')), 'we are there but not visible')
       OR regexp_like(lower(json_text(requestparameters, 'userName')), '^(ses_(legion|xcatze)|dangerdev.*)$|@(protonmail|proton|tutanota|onionmail)\.'))

-- title: "{principal} looked for an image by its name and took any owner"
-- kind: match
-- severity: info
-- topics: []
-- mitre: [T1195.002]
-- why: Anybody can publish an image under any name. A program that takes the newest of that name starts what a stranger
--   made.
-- do: Name the owners in the search (`owners`), or allow images of trusted accounts alone.
-- false_positives: Somebody who browses.
-- references: [https://securitylabs.datadoghq.com/articles/whoami-a-cloud-image-name-confusion-attack/]
-- group_by: [account, principal]
SELECT json_text(requestparameters, 'filterSet.items[0].valueSet.items[0].value') AS pattern
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname = 'DescribeImages'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND json_text(requestparameters, 'filterSet.items') LIKE '%"name":"name"%'
  AND json_text(requestparameters, 'filterSet.items') NOT LIKE '%"name":"owner-%'
  AND json_text(requestparameters, 'ownersSet.items') IS NULL
  AND sessioncredentialfromconsole IS NULL

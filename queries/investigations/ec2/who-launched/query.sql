-- title: Who launched instances
-- description: Each call that launched instances, with their type, image, number and profile.
-- params:
--   instance: {type: text, default: "", about: "An instance's id, or part of one; nothing for all"}
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    awsregion AS region,
    principal,
    useridentity.invokedby AS invoked_by,
    json_text(requestparameters, 'instanceType') AS instance_type,
    coalesce(json_text(requestparameters, 'instancesSet.items[0].imageId'), json_text(responseelements, 'instancesSet.items[0].imageId')) AS image,
    coalesce(json_text(requestparameters, 'iamInstanceProfile.name'), json_text(requestparameters, 'iamInstanceProfile.arn')) AS profile,
    json_text(responseelements, 'instancesSet.items[0].instanceId') AS first_instance,
    coalesce(strpos(responseelements, '"instanceId"') > 0, false) AS launched,
    errorcode,
    sourceipaddress AS address,
    eventid
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com' AND eventname IN ('RunInstances', 'RequestSpotInstances', 'CreateFleet')
    AND (${instance} = '' OR strpos(responseelements, ${instance}) > 0) AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid

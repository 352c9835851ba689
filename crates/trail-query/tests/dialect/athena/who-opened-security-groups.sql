SELECT eventtime, useridentity.arn AS who,
       json_extract_scalar(requestparameters, '$.groupId') AS sg,
       json_extract_scalar(requestparameters, '$.ipPermissions.items[0].ipRanges.items[0].cidrIp') AS cidr,
       json_extract_scalar(requestparameters, '$["ipPermissions"]["items"][0]["fromPort"]') AS port
FROM cloudtrail_logs
WHERE eventname LIKE 'AuthorizeSecurityGroup%'
ORDER BY eventtime ASC

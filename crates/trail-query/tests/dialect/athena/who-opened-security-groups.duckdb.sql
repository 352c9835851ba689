-- ordered
SELECT eventtime, useridentity.arn AS who, (requestparameters->>'groupId') AS sg,
       (requestparameters->>'$.ipPermissions.items[0].ipRanges.items[0].cidrIp') AS cidr,
       (requestparameters->>'$.ipPermissions.items[0].fromPort') AS port
FROM t WHERE eventname LIKE 'AuthorizeSecurityGroup%' ORDER BY eventtime

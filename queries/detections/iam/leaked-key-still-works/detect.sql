-- title: "The leaked key {leaked_key} of {principal} still works {hours} hours after {sign}"
-- kind: window
-- severity: critical
-- topics: [56]
-- mitre: [T1552.001, T1078.004]
-- why: There was a sign that the key is known outside, and hours later it is neither disabled nor deleted, and in use.
-- do: Disable the key now. Read what it did since the sign.
-- false_positives: Your own scan that checked the key; it is out all the same.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- window: 2d
-- every: 1d
-- group_by: [account, leaked_key]
-- threshold: {hours: 4}
SELECT leaks.principal,
       leaks.account,
       min(uses.awsregion) AS region,
       uses.useridentity.accesskeyid AS leaked_key,
       leaks.sign,
       leaks.at AS first,
       max(uses.eventtime) AS last,
       count(*) AS count,
       CAST((date_part('epoch', max(uses.eventtime)) - date_part('epoch', leaks.at)) / 3600 AS BIGINT) AS hours,
       array_agg(DISTINCT concat(split_part(uses.eventsource, '.', 1), ':', uses.eventname)) AS actions,
       array_agg(DISTINCT uses.sourceipaddress) AS addresses
FROM (SELECT account, principal, sign, min(at) AS at, _window
      FROM (SELECT recipientaccountid AS account, eventtime AS at, _window,
                   CASE WHEN eventsource = 'sts.amazonaws.com' THEN principal
                        ELSE concat('arn:aws:iam::', recipientaccountid, ':user/', json_text(requestparameters, 'userName')) END AS principal,
                   CASE WHEN eventsource = 'sts.amazonaws.com' THEN 'a secret scanner tried it' ELSE 'AWS quarantined it' END AS sign
            FROM cloudtrail
            WHERE (eventsource = 'sts.amazonaws.com' AND eventname = 'GetCallerIdentity' AND lower(useragent) LIKE '%trufflehog%'
                   AND useridentity.type = 'IAMUser')
               OR (eventsource = 'iam.amazonaws.com' AND eventname = 'AttachUserPolicy' AND errorcode IS NULL
                   AND json_text(requestparameters, 'policyArn') LIKE '%AWSCompromisedKeyQuarantine%')) AS signs
      GROUP BY account, principal, sign, _window) AS leaks
JOIN cloudtrail AS uses
  ON uses.recipientaccountid = leaks.account AND uses.principal = leaks.principal AND uses._window = leaks._window
WHERE uses.useridentity.type = 'IAMUser' AND uses.useridentity.accesskeyid LIKE 'AKIA%' AND uses.errorcode IS NULL
GROUP BY leaks.principal, leaks.account, leaks.sign, leaks.at, leaks._window, uses.useridentity.accesskeyid
HAVING date_part('epoch', max(uses.eventtime)) - date_part('epoch', leaks.at) >= 3600 * $hours

-- title: "{principal} registered an MFA device and took the role {role} with it {minutes} minutes later"
-- kind: window
-- severity: medium
-- topics: [52]
-- mitre: [T1098.005, T1550.001, T1548]
-- why: Roles that ask for MFA keep out a stolen key, unless the key may register a device for its own user. This is that
--   detour.
-- do: Ask the user whether the device is theirs. If not, remove it and disable the key.
-- false_positives: A new device on the day it is set up.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html]
-- window: 1d
-- every: 12h
SELECT made.principal,
       made.account,
       made.region,
       taken.role,
       made.device,
       made.at AS first,
       taken.at AS last,
       2 AS count,
       CAST((date_part('epoch', taken.at) - date_part('epoch', made.at)) / 60 AS BIGINT) AS minutes,
       make_array(made.id, taken.id) AS event_ids,
       CASE WHEN made.long_lived THEN 'medium' ELSE 'low' END AS severity
FROM (SELECT principal, recipientaccountid AS account, awsregion AS region, eventtime AS at, eventid AS id, _window,
             coalesce(useridentity.accesskeyid LIKE 'AKIA%', false) AS long_lived,
             coalesce(json_text(requestparameters, 'serialNumber'), json_text(responseelements, 'virtualMFADevice.serialNumber')) AS device
      FROM cloudtrail
      WHERE eventsource = 'iam.amazonaws.com' AND eventname IN ('EnableMFADevice', 'CreateVirtualMFADevice') AND errorcode IS NULL) AS made
JOIN (SELECT principal, recipientaccountid AS account, eventtime AS at, eventid AS id, _window,
             coalesce(json_text(requestparameters, 'roleArn'), 'none: it got a session token') AS role,
             json_text(requestparameters, 'serialNumber') AS device
      FROM cloudtrail
      WHERE eventsource = 'sts.amazonaws.com' AND eventname IN ('AssumeRole', 'GetSessionToken') AND errorcode IS NULL) AS taken
  ON taken.principal = made.principal AND taken.account = made.account AND taken.device = made.device AND taken._window = made._window
 AND taken.at >= made.at

-- title: "{principal} signed in to the console without MFA"
-- kind: match
-- severity: medium
-- topics: [10]
-- mitre: [T1078.004]
-- cis: ["4.2"]
-- why: A password alone opened the console. MFA is the one control that a stolen password does not pass.
-- do: Ask the user; turn MFA on, and require it by policy.
-- false_positives: First sign-in of a new user, before the device is set up.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html]
SELECT json_text(additionaleventdata, 'LoginTo') AS login_to
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com'
  AND eventname = 'ConsoleLogin'
  AND useridentity.type = 'IAMUser'
  AND json_text(responseelements, 'ConsoleLogin') = 'Success'
  AND (json_text(additionaleventdata, 'MFAUsed') IS DISTINCT FROM 'Yes')
  AND json_text(additionaleventdata, 'SamlProviderArn') IS NULL

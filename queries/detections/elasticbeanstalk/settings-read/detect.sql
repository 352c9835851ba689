-- title: "{principal} read the settings of an application with its variables"
-- kind: match
-- severity: info
-- topics: []
-- mitre: [T1552.001]
-- why: The settings hold the variables of the application, and in them passwords and keys.
-- do: Move them to Secrets Manager.
-- false_positives: Developers.
-- references: [https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_DescribeConfigurationSettings.html]
-- group_by: [account, principal]
SELECT json_text(requestparameters, 'environmentName') AS environment,
       denied AS refused
FROM cloudtrail
WHERE eventsource = 'elasticbeanstalk.amazonaws.com'
  AND eventname = 'DescribeConfigurationSettings'
  AND caller IN ('human', 'unknown')
  AND sessioncredentialfromconsole IS NULL

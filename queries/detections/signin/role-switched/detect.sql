-- title: "{principal} switched to a role in the console: {to}"
-- kind: match
-- severity: info
-- topics: [23]
-- mitre: [T1021.007]
-- why: The console's own way from one role or account to the next. The event comes from the account that is entered.
-- do: Nothing alone; it tells the path of somebody who is looked at for another reason.
-- false_positives: Administrators of several accounts, all day.
-- references: [https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html]
SELECT coalesce(json_text(additionaleventdata, 'SwitchTo'), useridentity.arn, 'a role') AS to,
       json_text(additionaleventdata, 'SwitchFrom') AS switched_from,
       json_text(responseelements, 'SwitchRole') AS outcome
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com'
  AND eventname = 'SwitchRole'

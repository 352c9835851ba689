-- title: "{principal} lets machines outside AWS join: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1078.004, T1098]
-- why: With an activation any computer becomes a managed machine with a role, and with its credentials a way back in.
-- do: Delete the activation; look at managed machines (mi-…) and at what their role did.
-- false_positives: Servers in your own rooms.
-- references: [https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateActivation.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'iamRole'), json_text(requestparameters, 'activationId')) AS role,
       CASE WHEN caller = 'iac' THEN 'low' WHEN eventname = 'RegisterManagedInstance' THEN 'low' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'ssm.amazonaws.com'
  AND eventname IN ('CreateActivation', 'RegisterManagedInstance')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

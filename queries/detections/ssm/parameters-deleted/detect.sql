-- title: "{principal} deleted parameters"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1485]
-- why: Programs take their settings and passwords from parameters. Deleted ones cannot be brought back.
-- do: Set them again from the code.
-- false_positives: Clean-up.
-- references: [https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'names'), json_text(requestparameters, 'name')) AS parameters
FROM cloudtrail
WHERE eventsource = 'ssm.amazonaws.com'
  AND eventname IN ('DeleteParameter', 'DeleteParameters')
  AND errorcode IS NULL
  AND caller IN ('human', 'unknown')

-- title: "{principal} deleted the function {function}"
-- kind: match
-- severity: low
-- topics: [315]
-- mitre: [T1485, T1489]
-- why: What the function did - guarding, perhaps - is not done any more, and its code may be lost.
-- do: Check that it was meant.
-- false_positives: Clean-up and deployments.
-- references: [https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html]
SELECT coalesce(json_text(requestparameters, 'functionName'), 'of unknown name') AS function,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('DeleteFunction20150331', 'DeleteFunction')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

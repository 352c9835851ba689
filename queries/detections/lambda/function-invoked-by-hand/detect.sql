-- title: "{principal} called the function {function}"
-- kind: match
-- severity: info
-- topics: [316]
-- mitre: [T1648]
-- why: Context. Functions are called by services and programs; a person or a bare key that calls one uses its role.
-- do: Nothing by itself; look at it beside changes of the function.
-- false_positives: Developers who test.
-- references: [https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html]
-- group_by: [account, principal, function]
SELECT regexp_replace(coalesce(json_text(requestparameters, 'functionName'), 'of unknown name'), '^arn:.*:function:', '') AS function
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('Invoke', 'InvokeAsync', 'InvokeWithResponseStream')
  AND errorcode IS NULL
  AND caller IN ('human', 'unknown')
  AND useridentity.accountid = recipientaccountid

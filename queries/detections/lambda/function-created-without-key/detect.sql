-- title: "{principal} created the function {function} without a key of your own"
-- kind: match
-- severity: info
-- topics: [314]
-- mitre: [T1552.001]
-- why: Context. Environment variables hold passwords; without a key of your own everybody who may read the function reads
--   them.
-- do: Keep secrets out of environment variables, or name a key.
-- false_positives: Most functions are created like this.
-- references: [https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html]
SELECT coalesce(json_text(requestparameters, 'functionName'), 'of unknown name') AS function,
       json_text(requestparameters, 'role') AS role
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('CreateFunction20150331', 'CreateFunction')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND coalesce(json_text(requestparameters, 'kMSKeyArn'), json_text(requestparameters, 'kmsKeyArn'), json_text(responseelements, 'kMSKeyArn')) IS NULL

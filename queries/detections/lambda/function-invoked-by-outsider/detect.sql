-- title: "Account {caller_account} called the function {function}"
-- kind: match
-- severity: medium
-- topics: [317]
-- mitre: [T1648, T1199]
-- why: Somebody of another account runs your code with your role. If nobody gave that right on purpose it is a back door in
--   use.
-- do: Read the policy of the function; ask who owns the account.
-- false_positives: Partners; name their accounts in the settings.
-- references: [https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html]
-- group_by: [account, caller_account, function]
SELECT regexp_replace(coalesce(json_text(requestparameters, 'functionName'), 'of unknown name'), '^arn:.*:function:', '') AS function,
       useridentity.accountid AS caller_account
FROM cloudtrail
WHERE eventsource = 'lambda.amazonaws.com'
  AND eventname IN ('Invoke', 'InvokeAsync', 'InvokeWithResponseStream')
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND useridentity.accountid <> recipientaccountid
  AND trusted_account(useridentity.accountid) IS NOT TRUE

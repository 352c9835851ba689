-- title: "{principal} handed its console session to a command line"
-- kind: match
-- severity: info
-- topics: []
-- mitre: [T1528, T1550.001]
-- why: "`aws login` turns a console session into credentials for a command line. The one who confirms and the machine that
--   gets them may be two: that is phishing."
-- do: Ask the person, if the addresses of the two events differ.
-- false_positives: Developers who work that way.
-- references: [https://docs.aws.amazon.com/cli/latest/reference/signin/create-o-auth2-token.html]
SELECT json_text(requestparameters, 'clientId') AS client,
       CASE WHEN useridentity.type = 'Root' THEN 'high' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com'
  AND eventname IN ('AuthorizeOAuth2Access', 'CreateOAuth2Token')
  AND errorcode IS NULL

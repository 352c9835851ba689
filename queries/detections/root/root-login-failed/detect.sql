-- title: "Root sign-in to account {account} failed: {reason}"
-- kind: match
-- severity: medium
-- topics: [3]
-- mitre: [T1110]
-- cis: ["4.3", "4.6"]
-- why: Somebody who knows the root address tries to get in.
-- do: Look at the address. Many tries, or an address that nobody knows, mean guessing; make sure that root has MFA.
-- false_positives: The owner mistyped the password.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html]
SELECT coalesce(errormessage, 'no reason given') AS reason
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com'
  AND eventname = 'ConsoleLogin'
  AND useridentity.type = 'Root'
  AND json_text(responseelements, 'ConsoleLogin') = 'Failure'

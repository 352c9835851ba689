-- title: "Root of account {account} looked around or failed: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1078.004]
-- cis: ["4.3"]
-- why: Reads and failures of root change nothing, but root should not be there at all, and the CIS item counts them.
-- do: Read it beside root-console-login and root-activity of the same day.
-- false_positives: The console reads a lot by itself once somebody has signed in as root.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html]
-- accept: {cost: "root tells it, whatever it does"}
SELECT CASE WHEN errorcode IS NULL AND readonly THEN 'read' ELSE 'failed or harmless' END AS outcome
FROM cloudtrail
WHERE useridentity.type = 'Root'
  AND useridentity.invokedby IS NULL
  AND (eventtype IS DISTINCT FROM 'AwsServiceEvent')
  AND (readonly
       OR errorcode IS NOT NULL
       OR (eventsource = 'signin.amazonaws.com' AND coalesce(responseelements, '') LIKE '%Failure%')
       OR eventname = 'CreateServiceLinkedRole')

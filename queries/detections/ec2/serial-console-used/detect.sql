-- title: "{principal} reached for the serial console: {event}"
-- kind: match
-- severity: high
-- topics: [252]
-- mitre: [T1021]
-- why: The serial console is a way into a machine that no security group and no network log sees.
-- do: Ask the owner; disable serial console access for the account.
-- false_positives: Rescue of a machine that does not start.
SELECT useridentity.arn AS actor
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('EnableSerialConsoleAccess')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

-- title: "{principal} reached for the serial console: {event}"
-- kind: match
-- severity: high
-- topics: [252]
-- mitre: [T1021]
-- why: The serial console is a way into a machine that no security group and no network log sees.
-- do: Ask the owner; disable serial console access for the account.
-- false_positives: Rescue of a machine that does not start.
-- references:
--   - https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EnableSerialConsoleAccess.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.lateral-movement.ec2-serial-console-send-ssh-public-key/
SELECT useridentity.arn AS actor
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('EnableSerialConsoleAccess')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

-- title: "{principal} made sensitive calls from {seen}, where it never was: {actions}"
-- kind: baseline
-- severity: medium
-- topics: [127]
-- mitre: [T1078.004]
-- why: Changing identities, reading secrets or leaving the organization from a network that the principal never used is
--   what stolen credentials look like.
-- do: Ask the owner. If it was not them, disable the credentials and revoke the sessions.
-- false_positives: Travel and new offices. People who change networks often are left out by `networks`.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- lookback: 90d
-- group_by: [account, principal, seen]
-- threshold: {learning_days: 14, active_days: 5, networks: 8}
SELECT uses.account,
       uses.principal,
       uses.region,
       uses.network AS seen,
       uses.first,
       uses.last,
       uses.count,
       uses.actions,
       uses.agents,
       known.networks AS expected,
       past.days AS days_of_history
FROM (SELECT account, principal, network, min(day) AS day, min(region) AS region, min(first) AS first, max(last) AS last, sum(count) AS count,
             array_agg(DISTINCT concat(split_part(eventsource, '.', 1), ':', eventname)) AS actions, array_agg(DISTINCT agent) AS agents
      FROM activity
      WHERE day IS NOT NULL
        AND outcome = 'ok'
        AND caller NOT IN ('aws_service', 'iac')
        AND eventname IN ('CreateAccessKey', 'CreateUser', 'CreateLoginProfile', 'UpdateLoginProfile', 'AttachUserPolicy', 'AttachRolePolicy',
                          'PutUserPolicy', 'PutRolePolicy', 'AddUserToGroup', 'UpdateAssumeRolePolicy', 'CreatePolicyVersion', 'DeactivateMFADevice',
                          'GetFederationToken', 'GetSecretValue', 'BatchGetSecretValue', 'GetParametersByPath', 'GetPasswordData', 'StopLogging',
                          'DeleteTrail', 'PutBucketPolicy', 'ModifySnapshotAttribute', 'ModifyImageAttribute', 'ModifyDBSnapshotAttribute',
                          'PutKeyPolicy', 'ScheduleKeyDeletion', 'LeaveOrganization', 'SendCommand', 'AssumeRoot', 'DeleteDetector')
        AND (network LIKE '%.0/24' OR network LIKE '%/48')
        AND network NOT LIKE '10.%'
        AND network NOT LIKE '192.168.%'
      GROUP BY account, principal, network) AS uses
JOIN (SELECT account, principal, min(day) AS since, count(DISTINCT day) AS days, count(DISTINCT network) AS kinds,
             array_agg(DISTINCT network) AS networks
      FROM activity GROUP BY account, principal) AS known
  ON known.account = uses.account AND known.principal = uses.principal
JOIN (SELECT account, principal, network, min(day) AS day FROM activity GROUP BY account, principal, network) AS places
  ON places.account = uses.account AND places.principal = uses.principal AND places.network = uses.network
JOIN (SELECT account, principal, day, CAST(row_number() OVER (PARTITION BY account, principal ORDER BY day) AS BIGINT) - 1 AS days
      FROM (SELECT DISTINCT account, principal, day FROM activity WHERE day IS NOT NULL) AS active) AS past
  ON past.account = uses.account AND past.principal = uses.principal AND past.day = uses.day
WHERE arrow_cast(uses.day, 'Int32') - arrow_cast(known.since, 'Int32') >= $learning_days
  AND past.days >= $active_days
  AND places.day = uses.day
  AND known.kinds <= $networks

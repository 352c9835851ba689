-- title: "{principal} read {parameters} parameters in the clear within minutes"
-- kind: window
-- severity: high
-- topics: [197]
-- mitre: [T1552, T1555]
-- why: SecureString parameters hold passwords and keys. Reading many in a row, or whole trees of them, is collecting.
-- do: Ask the owner. If not known, change what the parameters hold.
-- false_positives: Programs with many settings, backups and migrations; raise the threshold for them.
-- references:
--   - https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.credential-access.ssm-retrieve-securestring-parameters/
-- window: 10m
-- every: 5m
-- threshold: {parameters: 20}
SELECT principal,
       recipientaccountid AS account,
       min(awsregion) AS region,
       min(eventtime) AS first,
       max(eventtime) AS last,
       count(*) AS count,
       sum(parameters) AS parameters,
       array_agg(DISTINCT sourceipaddress) AS addresses,
       array_agg(eventid) AS event_ids,
       CASE WHEN bool_or(caller IN ('human', 'unknown')) THEN 'high' ELSE 'low' END AS severity
FROM (SELECT *, row_number() OVER (PARTITION BY principal, recipientaccountid, _window, names ORDER BY eventtime, eventid) AS time_read,
             CASE WHEN listed THEN (length(names) - length(replace(names, '","', ''))) / 3 + 1 ELSE 1 END AS parameters
      FROM (SELECT *, coalesce(json_text(requestparameters, 'names'), json_text(requestparameters, 'name'), json_text(requestparameters, 'path')) AS names,
                   json_text(requestparameters, 'names') IS NOT NULL AS listed
            FROM cloudtrail
            WHERE eventsource = 'ssm.amazonaws.com'
              AND eventname IN ('GetParameter', 'GetParameters', 'GetParametersByPath')
              AND errorcode IS NULL
              AND caller <> 'aws_service'
              AND lower(json_text(requestparameters, 'withDecryption')) = 'true') AS named) AS counted
WHERE time_read = 1
GROUP BY principal, recipientaccountid, _window
HAVING sum(parameters) >= $parameters

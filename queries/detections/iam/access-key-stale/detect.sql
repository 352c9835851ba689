-- title: "Access key {access_key} of {user} {state}"
-- kind: baseline
-- severity: low
-- topics: []
-- why: "IAM's own word on a key that is active: never used, not used for long, or older than a rotation allows."
-- do: Disable what is not used, rotate what is old. The CIS benchmark asks for 45 and 90 days.
-- false_positives: Break-glass users; put them on record.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html]
-- lookback: 400d
-- group_by: [account, access_key]
-- threshold: {idle_days: 45, rotation_days: 90}
SELECT account,
       concat('arn:aws:iam::', account, ':user/', username) AS principal,
       username AS user,
       accesskeyid AS access_key,
       created,
       lastused AS last_used,
       created AS first,
       taken AS last,
       CASE WHEN lastused IS NULL THEN 'was never used'
            WHEN date_part('epoch', taken) - date_part('epoch', lastused) >= 86400 * $idle_days THEN 'was not used for long'
            ELSE 'is past its rotation age' END AS state
FROM iam_access_keys
WHERE status = 'Active' AND coalesce(lastuseknown, true)
  AND (date_part('epoch', taken) - date_part('epoch', coalesce(lastused, created)) >= 86400 * $idle_days
       OR date_part('epoch', taken) - date_part('epoch', created) >= 86400 * $rotation_days)

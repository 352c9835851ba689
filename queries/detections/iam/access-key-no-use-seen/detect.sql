-- title: "No use of access key {access_key} of {principal} seen in these logs since {last_use}"
-- kind: baseline
-- severity: low
-- topics: []
-- why: A key that nobody uses is a risk without a benefit. Logs show only what they record (data events are often left
--   out), so ask IAM before deleting.
-- do: Ask IAM when the key was last used (GetAccessKeyLastUsed). If it agrees, disable the key, and delete it some
--   weeks later.
-- false_positives: Keys used only for calls that the trail does not record, such as reading S3 objects.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html]
-- lookback: 400d
-- group_by: [account, access_key]
-- threshold: {idle_days: 45}
SELECT account,
       principal,
       access_key,
       last_use,
       last_use AS first,
       last_use AS last,
       uses AS count,
       logs_begin,
       logs_end,
       CAST((date_part('epoch', logs_end) - date_part('epoch', last_use)) / 86400 AS BIGINT) AS idle_days
FROM (SELECT account, min(principal) AS principal, accesskeyid AS access_key, max(last) AS last_use, sum(count) AS uses
      FROM activity
      WHERE accesskeyid IS NOT NULL
      GROUP BY account, accesskeyid) AS keys
CROSS JOIN (SELECT min(first) AS logs_begin, max(last) AS logs_end FROM activity) AS logs
WHERE date_part('epoch', logs_end) - date_part('epoch', last_use) >= 86400 * $idle_days

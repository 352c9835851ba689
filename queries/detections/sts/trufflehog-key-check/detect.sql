-- title: "Somebody tried a key of {principal} with TruffleHog"
-- kind: match
-- severity: high
-- topics: [29]
-- mitre: [T1552.001, T1087.004]
-- why: "TruffleHog looks for leaked keys and asks STS whether they work. This one did: it lies somewhere where others
--   can find it."
-- do: Replace the key now, then find out where it was published.
-- false_positives: Your own scan of your own repositories; it found a live key all the same.
-- references: [https://github.com/trufflesecurity/trufflehog]
-- group_by: [account, principal, access_key_tried]
SELECT useridentity.accesskeyid AS access_key_tried
FROM cloudtrail
WHERE eventsource = 'sts.amazonaws.com'
  AND eventname = 'GetCallerIdentity'
  AND lower(useragent) LIKE '%trufflehog%'

-- title: "{principal} enabled the region {target}"
-- kind: match
-- severity: medium
-- topics: [143]
-- mitre: [T1535]
-- why: "An opt-in region that nobody uses is a quiet place: other trails and guards may not look there."
-- do: Check who asked for it.
-- false_positives: Expansion to a new region.
-- references: [https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html]
SELECT coalesce(json_text(requestparameters, 'RegionName'), json_text(requestparameters, 'regionName')) AS target
FROM cloudtrail
-- No other service has a call of this name, and not all tools that pass logs on keep its source.
WHERE eventname = 'EnableRegion'
  AND errorcode IS NULL
  AND caller <> 'aws_service'

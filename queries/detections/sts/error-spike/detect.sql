-- title: "{principal} failed {errors} times in a day (usual day {usual_day})"
-- kind: baseline
-- severity: low
-- topics: [132]
-- mitre: [T1526, T1580]
-- why: A jump in failures of one principal is a broken program, or somebody who tries things out.
-- do: Look at the calls. A broken program repeats one; somebody who tries has many kinds.
-- false_positives: Deployments that broke something.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- lookback: 30d
-- threshold: {errors: 50, spread: 6, learning_days: 7}
WITH days AS (
  SELECT account, principal, day, min(region) AS region, min(first) AS first, max(last) AS last,
         sum(CASE WHEN outcome = 'ok' THEN 0 ELSE count END) AS errors,
         count(DISTINCT CASE WHEN outcome = 'ok' THEN NULL ELSE concat(eventsource, eventname) END) AS kinds,
         array_agg(DISTINCT CASE WHEN outcome = 'ok' THEN NULL ELSE concat(split_part(eventsource, '.', 1), ':', eventname) END) AS actions
  FROM activity
  WHERE day IS NOT NULL AND caller <> 'aws_service'
  GROUP BY account, principal, day
),
peaks AS (SELECT * FROM days WHERE errors >= $errors),
past AS (
  SELECT peaks.account, peaks.principal, peaks.day, days.errors
  FROM peaks JOIN days ON days.account = peaks.account AND days.principal = peaks.principal
  WHERE days.day < peaks.day AND days.day >= peaks.day - INTERVAL '30 days'
),
usual AS (
  SELECT account, principal, day, median(CAST(errors AS DOUBLE)) AS middle, max(errors) AS most, count(*) AS days
  FROM past GROUP BY account, principal, day
),
spread AS (
  SELECT past.account, past.principal, past.day, median(abs(CAST(past.errors AS DOUBLE) - usual.middle)) AS mad
  FROM past JOIN usual ON usual.account = past.account AND usual.principal = past.principal AND usual.day = past.day
  GROUP BY past.account, past.principal, past.day
)
SELECT peaks.account,
       peaks.principal,
       peaks.region,
       peaks.first,
       peaks.last,
       peaks.errors AS count,
       peaks.errors,
       peaks.errors AS seen,
       peaks.actions,
       CAST(usual.middle AS VARCHAR) AS usual_day,
       usual.middle AS expected,
       usual.most AS most_in_a_day,
       usual.days AS days_of_history,
       CASE WHEN peaks.kinds >= 10 THEN 'medium' ELSE 'low' END AS severity
FROM peaks
JOIN usual ON usual.account = peaks.account AND usual.principal = peaks.principal AND usual.day = peaks.day
JOIN spread ON spread.account = peaks.account AND spread.principal = peaks.principal AND spread.day = peaks.day
WHERE usual.days >= $learning_days
  AND peaks.errors > usual.middle + $spread * 1.4826 * spread.mad + $errors

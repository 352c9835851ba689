-- ordered
SELECT c.useridentity.arn AS caller, o.recipientaccountid AS owner, count(*) AS times, min(o.eventtime) AS first
FROM t c JOIN t o ON o.sharedeventid = c.sharedeventid
WHERE c.useridentity.type = 'IAMUser' AND c.eventname = 'AssumeRole' AND o.useridentity.type = 'AWSAccount' GROUP BY 1, 2 ORDER BY owner

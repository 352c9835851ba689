SELECT useridentity.arn FROM cloudtrail_logs WHERE useridentity.type = 'IAMUser'
EXCEPT
SELECT useridentity.arn FROM cloudtrail_logs WHERE errorcode IS NOT NULL

SELECT useridentity.arn AS arn FROM t WHERE useridentity.type = 'IAMUser' EXCEPT SELECT useridentity.arn FROM t WHERE errorcode IS NOT NULL

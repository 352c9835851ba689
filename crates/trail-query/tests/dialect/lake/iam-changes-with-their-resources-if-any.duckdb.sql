-- ordered
SELECT eventname, count(*) AS n, count(res.arn) AS withresource FROM (
    SELECT eventname, unnest(CASE WHEN len(resources) > 0 THEN resources ELSE [NULL] END) AS res FROM t
    WHERE eventsource IN ('sts.amazonaws.com', 'iam.amazonaws.com') AND recipientaccountid = '444455556666')
GROUP BY 1 ORDER BY n DESC, eventname

-- ordered
SELECT eventname, resources[-1].type AS lasttype,
       array_to_string(list_sort(list_transform(resources, lambda r: coalesce(r.arn, '-'))), ' ') AS arns
FROM t WHERE len(resources) = 2 AND eventname IN ('ListObjects', 'HeadObject') AND awsregion = 'eu-west-1' ORDER BY eventtime

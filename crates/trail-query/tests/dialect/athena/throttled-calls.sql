select EVENTNAME, AwsRegion, COUNT(*) as N, MIN(ErrorMessage) as Said
from DEFAULT.CLOUDTRAIL_LOGS
where ErrorCode in ('ThrottlingException', 'ResourceNotFoundException') -- and nothing else; really
group by EVENTNAME, AwsRegion, errorcode
order by N desc, awsregion, said;

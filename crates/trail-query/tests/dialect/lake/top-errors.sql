select errorcode, eventsource, COUNT(eventid) as apicount
from $EDS_ID
where eventtime between '2024-02-27 00:00:00' and '2024-03-03 23:59:59'
  and ErrorCode is not null
group by ErrorCode, EventSource
order by ApiCount desc, errorcode, eventsource
fetch first 5 rows only

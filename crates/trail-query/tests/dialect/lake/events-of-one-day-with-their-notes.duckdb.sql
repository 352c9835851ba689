-- ordered
SELECT eventid, eventname, NULL::VARCHAR AS annotation, (eventjson->>'$.requestParameters.userName') AS who
FROM t WHERE eventtime >= TIMESTAMP '2024-03-02' AND eventtime < TIMESTAMP '2024-03-03'
  AND recipientaccountid = '111122223333' AND eventsource = 'iam.amazonaws.com' ORDER BY eventtime

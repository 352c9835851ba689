-- param: date_filter = 2024-03-02
SELECT eventID, eventName, annotation, json_extract_scalar(eventJson, '$.requestParameters.userName') AS who
FROM $EDS_ID
WHERE eventTime >= '${date_filter} 00:00:00'
  AND eventTime <= '${date_filter} 23:59:59'
  AND recipientAccountId = '111122223333' AND eventSource = 'iam.amazonaws.com'
  AND annotation IS NULL
ORDER BY eventTime

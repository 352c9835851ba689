-- title: "{principal} narrowed what the trail {trail} records"
-- kind: match
-- severity: high
-- topics: [153]
-- mitre: [T1562.008]
-- why: Management events, reads or whole services are left out from now on.
-- do: Compare the selectors with what they should be and put them back.
-- false_positives: Cost cutting; reads and data events are what people cut.
-- references:
--   - https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
--   - https://stratus-red-team.cloud/attack-techniques/AWS/aws.defense-evasion.cloudtrail-event-selectors/
-- group_by: [account, principal, trail]
SELECT coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'trailName')) AS trail,
       coalesce(json_text(requestparameters, 'eventSelectors'), json_text(requestparameters, 'advancedEventSelectors')) AS selectors
FROM cloudtrail
WHERE eventsource = 'cloudtrail.amazonaws.com'
  AND eventname = 'PutEventSelectors'
  AND errorcode IS NULL
  AND caller <> 'aws_service'
  AND (json_text(requestparameters, 'eventSelectors') LIKE '%"includeManagementEvents":false%'
       OR (json_text(requestparameters, 'eventSelectors') = '[]' AND coalesce(json_text(requestparameters, 'advancedEventSelectors'), '[]') = '[]')
       OR regexp_like(json_text(requestparameters, 'advancedEventSelectors'), '"field":"eventSource","notEquals":\["|"notEquals":\[[^]]*\],"field":"eventSource"')
       OR regexp_like(json_text(requestparameters, 'eventSelectors'), '"readWriteType":"(WriteOnly|ReadOnly)"')
       OR json_text(requestparameters, 'eventSelectors') LIKE '%"excludeManagementEventSources":["%'
       OR (json_text(requestparameters, 'advancedEventSelectors') IS NOT NULL
           AND json_text(requestparameters, 'advancedEventSelectors') NOT LIKE '%"Management"%')
       OR json_text(requestparameters, 'advancedEventSelectors') LIKE '%"field":"readOnly"%')

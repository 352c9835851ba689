-- title: Logs and watchers that were stopped or changed
-- description: Calls that stop, delete or weaken what watches - CloudTrail, Config, GuardDuty, Security Hub, Macie, Inspector, flow logs, log groups,
--   alarms.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    eventtime,
    recipientaccountid AS account,
    awsregion AS region,
    principal,
    eventsource,
    eventname,
    coalesce(json_text(requestparameters, 'name'), json_text(requestparameters, 'trailName'), json_text(requestparameters, 'detectorId'),
        json_text(requestparameters, 'configurationRecorderName'), json_text(requestparameters, 'logGroupName'),
        json_text(requestparameters, 'DeleteFlowLogsRequest.FlowLogId'), json_text(requestparameters, 'eventDataStore')) AS target,
    requestparameters AS request,
    errorcode,
    sourceipaddress AS address,
    eventid
FROM cloudtrail
WHERE ((eventsource = 'cloudtrail.amazonaws.com' AND eventname IN ('StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors',
            'PutInsightSelectors', 'DeleteEventDataStore', 'StopEventDataStoreIngestion', 'UpdateEventDataStore', 'DeleteServiceLinkedChannel'))
        OR (eventsource = 'config.amazonaws.com' AND eventname IN ('StopConfigurationRecorder', 'DeleteConfigurationRecorder',
            'DeleteDeliveryChannel', 'PutConfigurationRecorder', 'DeleteConfigRule', 'DeleteRetentionConfiguration'))
        OR (eventsource = 'guardduty.amazonaws.com' AND regexp_like(eventname,
            '^(Delete|Disassociate|Stop|Disable|Update(Detector|Filter|MemberDetectors|Organization)|Create(Filter|IPSet)|Archive)'))
        OR (eventsource = 'securityhub.amazonaws.com' AND regexp_like(eventname, '^(Disable|BatchDisable|Delete|Disassociate)'))
        OR (eventsource IN ('macie2.amazonaws.com', 'inspector2.amazonaws.com', 'detective.amazonaws.com')
            AND regexp_like(eventname, '^(Disable|Delete|Disassociate)'))
        OR (eventsource = 'ec2.amazonaws.com' AND eventname = 'DeleteFlowLogs')
        OR (eventsource = 'logs.amazonaws.com' AND eventname IN ('DeleteLogGroup', 'DeleteLogStream', 'PutRetentionPolicy', 'DeleteMetricFilter',
            'DeleteSubscriptionFilter', 'DeleteDestination'))
        OR (eventsource = 'monitoring.amazonaws.com' AND eventname IN ('DeleteAlarms', 'DisableAlarmActions')))
    AND eventtime >= ${from} AND eventtime < ${to}
ORDER BY eventtime, eventid

-- title: "{principal} asked for more of {service}"
-- kind: match
-- severity: low
-- topics: [558, 571]
-- mitre: [T1496, T1578.005]
-- why: Who mines, sends mail or rents out models with a stolen key asks for higher limits first.
-- do: Ask the caller; withdraw the request.
-- false_positives: Growth.
-- references: [https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_RequestServiceQuotaIncrease.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'serviceCode'), 'a service') AS service,
       json_text(requestparameters, 'quotaCode') AS quota,
       json_text(requestparameters, 'desiredValue') AS wanted,
       denied AS refused,
       CASE WHEN caller IN ('iac', 'workload') THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource IN ('servicequotas.amazonaws.com', 'support.amazonaws.com')
  AND eventname IN ('RequestServiceQuotaIncrease', 'CreateCase')
  AND caller <> 'aws_service'
  AND (errorcode IS NULL OR denied)
  AND (eventname <> 'CreateCase' OR regexp_like(lower(requestparameters), 'limit|quota|production access|sandbox'))

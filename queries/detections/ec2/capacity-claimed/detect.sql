-- title: "{principal} asked for machines in bulk: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1496, T1578.002]
-- why: Fleets and spot requests start hundreds of machines with one call. Miners use them because nobody watches anything
--   but RunInstances.
-- do: Look at types, number and image; compare with what the account usually runs.
-- false_positives: People who try things; groups that scale are services and are quiet.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFleet.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'CreateFleetRequest.TargetCapacitySpecification.TotalTargetCapacity'),
                json_text(requestparameters, 'requestSpotFleetRequest.spotFleetRequestConfig.targetCapacity'),
                json_text(requestparameters, 'spotFleetRequestConfig.targetCapacity'), json_text(requestparameters, 'instanceCount')) AS machines,
       denied AS refused,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ec2.amazonaws.com'
  AND eventname IN ('CreateFleet', 'RequestSpotFleet', 'RequestSpotInstances', 'CreateCapacityReservation')
  AND caller IN ('human', 'unknown', 'iac')
  AND (errorcode IS NULL OR denied OR errorcode LIKE '%LimitExceeded%')

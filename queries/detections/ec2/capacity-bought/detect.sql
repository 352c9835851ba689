-- title: "{principal} bought machines for a long time: {event}"
-- kind: match
-- severity: medium
-- topics: [241]
-- mitre: [T1496.001]
-- why: Machines bought for years cost a lot and cannot be given back. Who uses stolen credentials does not mind.
-- do: Ask the owner; AWS support may take it back within days.
-- false_positives: Purchases by those who look after cost.
-- references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_PurchaseReservedInstancesOffering.html]
SELECT coalesce(json_text(requestparameters, 'reservedInstancesOfferingId'), json_text(requestparameters, 'offeringId'),
                json_text(requestparameters, 'savingsPlanOfferingId')) AS offer,
       json_text(requestparameters, 'instanceCount') AS machines
FROM cloudtrail
WHERE eventsource IN ('ec2.amazonaws.com', 'savingsplans.amazonaws.com')
  AND eventname IN ('PurchaseReservedInstancesOffering', 'PurchaseHostReservation', 'PurchaseCapacityBlock', 'PurchaseScheduledInstances', 'CreateSavingsPlan')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

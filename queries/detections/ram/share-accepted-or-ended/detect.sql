-- title: "{principal} {act} a resource share"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1537, T1489]
-- why: An accepted share puts somebody else's resource into the account, to trust or to be watched through; one that ends
--   takes away what others build on.
-- do: Check that the other account is known.
-- false_positives: Set-up and clean-up between teams.
SELECT CASE WHEN eventname LIKE 'Accept%' THEN 'accepted' WHEN eventname LIKE 'Delete%' THEN 'deleted' ELSE 'took back' END AS act,
       coalesce(json_text(requestparameters, 'resourceShareInvitationArn'), json_text(requestparameters, 'resourceShareArn')) AS share,
       CASE WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ram.amazonaws.com'
  AND eventname IN ('AcceptResourceShareInvitation', 'DisassociateResourceShare', 'DeleteResourceShare')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

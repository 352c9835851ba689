-- title: "{principal} accepted or took apart a resource share: {event}"
-- kind: match
-- severity: low
-- topics: []
-- mitre: [T1199, T1531]
-- why: Whoever accepts a share of a stranger uses resources that the stranger controls; whoever takes one apart cuts accounts
--   off from what they need.
-- do: Check that the other account is known.
-- false_positives: Set-up and clean-up of shared networks.
-- references: [https://docs.aws.amazon.com/ram/latest/APIReference/API_AcceptResourceShareInvitation.html]
SELECT coalesce(json_text(requestparameters, 'resourceShareInvitationArn'), json_text(requestparameters, 'resourceShareArn')) AS share,
       json_text(responseelements, 'resourceShareInvitation.senderAccountId') AS sender,
       json_text(requestparameters, 'principals') AS principals,
       CASE WHEN eventname = 'AcceptResourceShareInvitation'
             AND trusted_account(json_text(responseelements, 'resourceShareInvitation.senderAccountId')) IS NOT TRUE THEN 'medium'
            WHEN caller = 'iac' THEN 'info' ELSE 'low' END AS severity
FROM cloudtrail
WHERE eventsource = 'ram.amazonaws.com'
  AND eventname IN ('AcceptResourceShareInvitation', 'DisassociateResourceShare', 'DeleteResourceShare')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

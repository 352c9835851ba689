-- title: "{principal} tied the account or its bill to another organization: {event}"
-- kind: match
-- severity: medium
-- topics: []
-- mitre: [T1098, T1666]
-- why: Whoever owns an organization rules its accounts, up to root. An account that leaves one and joins another is stolen;
--   a bill that is handed over hides what is run.
-- do: Ask the owners of the account; look whether it left an organization before.
-- false_positives: A company that joins accounts together.
-- references: [https://docs.aws.amazon.com/organizations/latest/APIReference/API_AcceptHandshake.html]
-- group_by: [account, principal]
SELECT coalesce(json_text(requestparameters, 'handshakeId'), json_text(requestparameters, 'target.id'), json_text(requestparameters, 'id')) AS handshake,
       CASE WHEN eventname <> 'AcceptHandshake' THEN 'high' ELSE 'medium' END AS severity
FROM cloudtrail
WHERE eventsource = 'organizations.amazonaws.com'
  AND eventname IN ('AcceptHandshake', 'InviteOrganizationToTransferResponsibility', 'UpdateResponsibilityTransfer')
  AND errorcode IS NULL
  AND caller <> 'aws_service'

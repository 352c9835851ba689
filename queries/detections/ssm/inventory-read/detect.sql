-- title: "{principal} looked which machines and programs there are"
-- kind: match
-- severity: info
-- topics: [328]
-- mitre: [T1580, T1518]
-- why: Context. The inventory of Systems Manager lists machines, their programs and what is not patched - a map for an
--   intruder.
-- do: Nothing by itself; look at it beside commands and sessions of the same principal.
-- false_positives: Administrators and inventory tools.
-- references: [https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetInventory.html]
SELECT denied AS refused
FROM cloudtrail
WHERE eventsource = 'ssm.amazonaws.com'
  AND eventname IN ('GetInventory', 'GetInventorySchema', 'ListInventoryEntries', 'DescribeInstanceInformation', 'DescribeInstancePatches',
                    'DescribeInstanceProperties', 'ListCommands', 'ListCommandInvocations', 'GetCommandInvocation', 'ListDocuments',
                    'DescribeSessions', 'DescribeParameters', 'ListAssociations', 'GetConnectionStatus')
  AND caller IN ('human', 'unknown')

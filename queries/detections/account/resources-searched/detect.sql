-- title: "{principal} searched what there is in the account: {event}"
-- kind: match
-- severity: info
-- topics: [408, 409, 529]
-- mitre: [T1526, T1580]
-- why: "One call of these shows what otherwise takes hundreds: all resources, their tags, or what is paid for."
-- do: Nothing by itself; compare with what the caller did before and after.
-- false_positives: Inventories and people of operations.
-- references: [https://docs.aws.amazon.com/resource-explorer/latest/apireference/API_Search.html]
-- group_by: [account, principal]
SELECT denied AS refused
FROM cloudtrail
WHERE eventsource IN ('resource-explorer-2.amazonaws.com', 'tagging.amazonaws.com', 'config.amazonaws.com', 'ce.amazonaws.com')
  AND eventname IN ('Search', 'GetResources', 'SelectResourceConfig', 'SelectAggregateResourceConfig', 'GetCostAndUsage',
                    'GetCostForecast')
  AND caller IN ('human', 'unknown')
  AND sessioncredentialfromconsole IS NULL

-- title: "{principal} read the organization: {event}"
-- kind: match
-- severity: info
-- topics: [138]
-- mitre: [T1087.004, T1526, T1580]
-- why: "The organization's tree, its accounts and policies are the map for moving on: which accounts there are, and which
--   of them no policy holds."
-- do: Nothing alone; organization-enumerated says when it was much in a short time.
-- false_positives: Consoles, cost tools and account vending.
-- references: [https://docs.aws.amazon.com/organizations/latest/userguide/orgs_introduction.html]
SELECT errorcode AS outcome,
       CASE WHEN denied AND caller <> 'iac' THEN 'low' ELSE 'info' END AS severity
FROM cloudtrail
WHERE eventsource = 'organizations.amazonaws.com'
  AND eventname IN ('DescribeOrganization', 'ListAccounts', 'ListAccountsForParent', 'ListRoots', 'ListOrganizationalUnitsForParent', 'ListChildren',
                    'ListParents', 'ListPolicies', 'ListPoliciesForTarget', 'ListTargetsForPolicy', 'DescribePolicy', 'DescribeEffectivePolicy',
                    'ListDelegatedAdministrators', 'ListDelegatedServicesForAccount', 'ListAWSServiceAccessForOrganization',
                    'DescribeOrganizationalUnit', 'ListHandshakesForOrganization', 'DescribeResourcePolicy')
  AND caller <> 'aws_service'

-- title: "{principal} used {tool}"
-- kind: match
-- severity: high
-- topics: [28]
-- mitre: [T1078.004]
-- why: The user agent names a tool or a system made for attacks. Careful attackers change it; careless ones do not.
-- do: Find out whether it is a test that you ordered. If not, disable the credentials.
-- false_positives: Penetration tests, and people who work on such a system.
-- references: [https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html]
-- group_by: [account, principal, tool]
-- accept: {cost: "the tool tells it, whatever it does"}
SELECT coalesce((regexp_match(lower(useragent), 'kali|parrot|pentoo|blackarch|pacu|cloudgoat|stratus-red-team|scoutsuite|prowler|cloudfox|trufflehog|cloudsplaining|aws_pwn|weirdaal|nuclei|sqlmap|leonidas|metasploit|gobuster|s3scanner|awsbucketdump|cloud_enum|cloudbrute|enumerate-iam|aws_consoler|redboto|nikto|masscan'))[1], useragent) AS tool,
       useragent,
       CASE WHEN regexp_like(lower(useragent), 'prowler|scoutsuite|cloudsplaining') THEN 'medium' ELSE 'high' END AS severity
FROM cloudtrail
WHERE regexp_like(lower(useragent), 'kali|parrot|pentoo|blackarch|\bpacu\b|cloudgoat|stratus-red-team|scoutsuite|prowler|cloudfox|trufflehog|cloudsplaining|aws_pwn|weirdaal|nuclei|sqlmap|leonidas|metasploit|gobuster|s3scanner|awsbucketdump|cloud_enum|cloudbrute|enumerate-iam|aws_consoler|redboto|nikto|masscan')

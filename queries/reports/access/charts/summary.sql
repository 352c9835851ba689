-- title: Summary
SELECT
    coalesce((SELECT sum(count) FROM activity), 0) AS events,
    (SELECT count(DISTINCT principal) FROM activity) AS principals,
    (SELECT count(DISTINCT principal) FROM activity WHERE caller = 'human') AS people,
    coalesce((SELECT sum(count) FROM activity WHERE outcome = 'denied'), 0) AS denied,
    coalesce((SELECT sum(count) FROM activity WHERE outcome = 'denied' AND caller = 'aws_service'), 0) AS denied_aws,
    (SELECT count(*) FROM root_use WHERE direct) AS root_direct,
    (SELECT count(*) FROM root_use) AS root_all,
    (SELECT count(*) FROM trust_changes WHERE errorcode IS NULL) AS trust_changes,
    (SELECT count(*) FROM console_logins WHERE result = 'Success' AND NOT coalesce(mfa, false) AND identity_type IN ('IAMUser', 'Root'))
        AS logins_without_mfa,
    (SELECT count(*) FROM console_logins WHERE result = 'Failure') AS logins_failed

-- title: Console sign-ins
-- order: 9
-- note: Sign-ins to the AWS console. MFA is AWS's word for users and root; a federated sign-in always says No, for its MFA was
--   done at the identity provider.
-- empty: No console sign-in appears in the logs of this period.
SELECT
    coalesce(username, principal) AS who,
    identity_type,
    account,
    count(*) FILTER (WHERE result = 'Success') AS succeeded,
    count(*) FILTER (WHERE result = 'Failure') AS failed,
    count(*) FILTER (WHERE result = 'Success' AND NOT coalesce(mfa, false) AND identity_type IN ('IAMUser', 'Root')) AS without_mfa,
    array_sort(array_agg(DISTINCT network) FILTER (WHERE network IS NOT NULL)) AS networks,
    min(eventtime) AS first_sign_in,
    max(eventtime) AS last_sign_in
FROM console_logins
GROUP BY coalesce(username, principal), identity_type, account
ORDER BY without_mfa DESC, failed DESC, succeeded DESC, who, account, identity_type

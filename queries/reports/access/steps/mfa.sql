-- title: How principals were authenticated
SELECT
    principal,
    recipientaccountid AS account,
    CASE
        WHEN count(*) FILTER (WHERE useridentity.sessioncontext.attributes.mfaauthenticated = 'true') = count(*) THEN 'always'
        WHEN count(*) FILTER (WHERE useridentity.sessioncontext.attributes.mfaauthenticated = 'true') > 0 THEN 'sometimes'
        ELSE 'never'
    END AS mfa
FROM cloudtrail
WHERE useridentity.type IN ('IAMUser', 'Root') AND principal IS NOT NULL
GROUP BY principal, recipientaccountid

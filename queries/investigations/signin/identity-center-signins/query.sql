-- title: Sign-ins to Identity Center
-- description: One row for each sign-in, with its steps - challenge, verification, authentication - and how it ended.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
SELECT
    json_text(additionaleventdata, 'AuthWorkflowID') AS sign_in,
    max(useridentity.username) AS username,
    max(useridentity.onbehalfof.userid) AS user_id,
    array_sort(array_agg(DISTINCT json_text(additionaleventdata, 'CredentialType'))) AS credentials,
    count(*) FILTER (WHERE json_text(serviceeventdetails, eventname) = 'Failure') AS failures,
    bool_or(eventname = 'UserAuthentication' AND json_text(serviceeventdetails, 'UserAuthentication') = 'Success') AS signed_in,
    array_sort(array_agg(DISTINCT sourceipaddress)) AS addresses,
    min(eventtime) AS first,
    max(eventtime) AS last
FROM cloudtrail
WHERE eventsource = 'signin.amazonaws.com' AND eventname IN ('CredentialChallenge', 'CredentialVerification', 'UserAuthentication')
    AND eventtime >= ${from} AND eventtime < ${to}
GROUP BY json_text(additionaleventdata, 'AuthWorkflowID')
ORDER BY first, sign_in

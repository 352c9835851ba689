-- title: Calls that were throttled
-- description: One row for each principal and action that AWS told to slow down, with the hour in which it was worst.
-- params:
--   from: {type: timestamp, default: 2000-01-01, about: From when on}
--   to: {type: until, default: 2100-01-01, about: Until when; a day counts whole}
WITH hours AS (
    SELECT
        principal,
        recipientaccountid AS account,
        awsregion AS region,
        eventsource,
        eventname,
        date_trunc('hour', eventtime) AS hour,
        count(*) AS throttled
    FROM cloudtrail
    WHERE regexp_like(errorcode, 'Throttl|RequestLimitExceeded|TooManyRequests|SlowDown|RateExceeded|LimitExceededException|BandwidthLimitExceeded')
        AND eventtime >= ${from} AND eventtime < ${to}
    GROUP BY 1, 2, 3, 4, 5, 6
)
SELECT
    principal,
    account,
    region,
    eventsource,
    eventname,
    sum(throttled) AS throttled,
    max(throttled) AS worst,
    first_value(hour ORDER BY throttled DESC, hour) AS worst_hour
FROM hours
GROUP BY 1, 2, 3, 4, 5
ORDER BY throttled DESC, principal, eventname

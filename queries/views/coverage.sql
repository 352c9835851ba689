-- title: Coverage
-- description: One row for each account, region and hour of delivery of which the lake has anything, log files or a digest. Lags are in
--   seconds, each the longest of the hour, from event to delivery and from delivery to the lake. `digest` is `valid` where the hour's
--   digest is proved and all log files that it names are as they were delivered, `invalid` where one of them is not, `unknown` where
--   nobody has looked or can tell, and `none`. `hole` counts the hours before this one that no digest covers, although there are some
--   before and after - an hour with a digest and no log files is proved to be empty. `quiet` counts the hours before this one of which
--   there is nothing; that is a hole only where there are digests.
WITH logs AS (
    SELECT
        account,
        region,
        date_trunc('hour', coalesce(delivered, last)) AS hour,
        count(*) AS objects,
        count(*) FILTER (WHERE state = 'partial') AS partial,
        count(*) FILTER (WHERE state = 'failed') AS failed,
        sum(events) AS events,
        sum(rejects) AS rejects,
        min(first) AS first_event,
        max(last) AS last_event,
        max(date_part('epoch', delivered) - date_part('epoch', first)) AS delivery_lag,
        max(date_part('epoch', committed) - date_part('epoch', delivered)) AS ingest_lag
    FROM deliveries
    WHERE coalesce(service, '') <> 'CloudTrail-Digest'
    GROUP BY 1, 2, 3
),
-- A digest ends at any minute of an hour: it stands for the hour that most of its time is in.
stated AS (
    SELECT
        coalesce(d.account, p.account) AS account,
        coalesce(d.region, p.region) AS region,
        date_trunc('hour', coalesce(d.endtime, p.endtime) - INTERVAL '30 minutes') AS hour,
        d.starttime,
        d.endtime,
        p.verdict = 'invalid' OR coalesce(p.invalid, 0) > 0 AS wrong,
        p.verdict = 'valid' AND coalesce(p.unverifiable, 0) = 0 AS right
    FROM digests d FULL JOIN proofs p ON p.uri = d.uri
),
proved AS (
    SELECT
        account,
        region,
        hour,
        count(endtime) AS digests,
        CASE WHEN bool_or(coalesce(wrong, false)) THEN 'invalid' WHEN bool_and(coalesce(right, false)) THEN 'valid' ELSE 'unknown' END AS digest,
        max(hole) AS hole
    FROM (
        SELECT
            *,
            -- Digests follow each other within seconds; hours are counted from a quarter of one.
            CASE WHEN starttime > reached + INTERVAL '15 minutes'
                THEN CAST(ceil((date_part('epoch', starttime) - date_part('epoch', reached)) / 3600 - 0.25) AS BIGINT)
            END AS hole
        FROM (
            SELECT
                *,
                max(endtime) OVER (
                    PARTITION BY account, region ORDER BY endtime, starttime ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ) AS reached
            FROM stated
        )
    )
    GROUP BY 1, 2, 3
)
SELECT
    account,
    region,
    hour,
    objects,
    partial,
    failed,
    events,
    rejects,
    first_event,
    last_event,
    -- Names tell the minute only.
    CAST(CASE WHEN delivery_lag < 0 THEN 0 ELSE delivery_lag END AS BIGINT) AS delivery_lag,
    CAST(CASE WHEN ingest_lag < 0 THEN 0 ELSE ingest_lag END AS BIGINT) AS ingest_lag,
    digests,
    digest,
    hole,
    CAST(
        (date_part('epoch', hour) - date_part('epoch', lag(hour) OVER (PARTITION BY account, region ORDER BY hour))) / 3600 AS BIGINT
    ) - 1 AS quiet
FROM (
    SELECT
        coalesce(l.account, p.account) AS account,
        coalesce(l.region, p.region) AS region,
        coalesce(l.hour, p.hour) AS hour,
        coalesce(objects, 0) AS objects,
        coalesce(partial, 0) AS partial,
        coalesce(failed, 0) AS failed,
        coalesce(events, 0) AS events,
        coalesce(rejects, 0) AS rejects,
        first_event,
        last_event,
        delivery_lag,
        ingest_lag,
        coalesce(digests, 0) AS digests,
        coalesce(digest, 'none') AS digest,
        coalesce(hole, 0) AS hole
    FROM logs l FULL JOIN proved p ON l.account = p.account AND l.region = p.region AND l.hour = p.hour
)

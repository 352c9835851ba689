-- title: Deliveries
-- description: One row per log object that the lake knows, with what its address tells of it. `service` is the folder (`CloudTrail`,
--   `CloudTrail-Digest`, ...). `delivered` is when CloudTrail wrote it, by its name, and where that does not tell, by its store. What came
--   by a stream or in messages has no such address, and no account, region and service here.
SELECT
    uri,
    place[1] AS account,
    place[2] AS service,
    place[3] AS region,
    coalesce(
        arrow_try_cast(
            stamp[1] || '-' || stamp[2] || '-' || stamp[3] || 'T' || stamp[4] || ':' || stamp[5] || ':00Z',
            'Timestamp(Microsecond, Some("UTC"))'
        ),
        modified
    ) AS delivered,
    regexp_match(uri, '/AWSLogs/(o-[a-z0-9]{10,32})/')[1] AS organization,
    version,
    size,
    modified,
    sha256,
    state,
    records,
    events,
    duplicates,
    rejects,
    first,
    last,
    committed
FROM (
    SELECT
        *,
        regexp_match(uri, '/([0-9]{12})/(CloudTrail[A-Za-z-]*)/([a-z0-9-]+)/[0-9]{4}/[0-9]{2}/[0-9]{2}/') AS place,
        regexp_match(uri, '_([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})Z_[^/]*$') AS stamp
    FROM objects
)

-- Version 1 of the outbox. Times are milliseconds since 1970 in UTC.

-- Every notice ever submitted, so that a repeat is known. What it says goes once it has been delivered.
CREATE TABLE notice (
    id        TEXT PRIMARY KEY,
    fate      TEXT NOT NULL CHECK (fate IN ('routed', 'silenced', 'unrouted')),
    submitted INTEGER NOT NULL,
    body      TEXT
) STRICT;

CREATE TABLE attachment (
    notice   TEXT NOT NULL REFERENCES notice (id),
    position INTEGER NOT NULL,
    name     TEXT NOT NULL,
    mime     TEXT NOT NULL,
    bytes    BLOB NOT NULL,
    PRIMARY KEY (notice, position)
) STRICT;

-- One message on one channel. It takes further notices of its group until it is first tried (closed).
CREATE TABLE delivery (
    id         TEXT PRIMARY KEY,
    channel    TEXT NOT NULL,
    group_key  TEXT NOT NULL,
    severity   INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'dead')),
    closed     INTEGER NOT NULL DEFAULT 0,
    notices    INTEGER NOT NULL DEFAULT 0,
    opened     INTEGER NOT NULL,
    next_try   INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    done       INTEGER,
    last_error TEXT
) STRICT;
CREATE INDEX delivery_pending ON delivery (channel, next_try) WHERE state = 'pending';
CREATE INDEX delivery_dead ON delivery (done) WHERE state = 'dead';
CREATE INDEX delivery_group ON delivery (channel, group_key, opened);

CREATE TABLE member (
    notice   TEXT NOT NULL REFERENCES notice (id),
    channel  TEXT NOT NULL,
    delivery TEXT NOT NULL REFERENCES delivery (id),
    position INTEGER NOT NULL,
    PRIMARY KEY (notice, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_delivery ON member (delivery, position);

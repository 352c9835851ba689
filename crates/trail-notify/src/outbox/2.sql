-- Version 2: digests, notices that are known without having been told, and whether the outbox was told of what was before it.

CREATE TABLE notice_2 (
    id        TEXT PRIMARY KEY,
    fate      TEXT NOT NULL CHECK (fate IN ('routed', 'silenced', 'unrouted', 'known')),
    submitted INTEGER NOT NULL,
    body      TEXT
) STRICT;
INSERT INTO notice_2 SELECT id, fate, submitted, body FROM notice;
DROP TABLE notice;
ALTER TABLE notice_2 RENAME TO notice;

-- A digest gathers deliveries that waited (`gathers` of them): they are 'digested', and name it in `digest`.
CREATE TABLE delivery_2 (
    id         TEXT PRIMARY KEY,
    channel    TEXT NOT NULL,
    group_key  TEXT NOT NULL,
    severity   INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'dead', 'digested')),
    closed     INTEGER NOT NULL DEFAULT 0,
    notices    INTEGER NOT NULL DEFAULT 0,
    opened     INTEGER NOT NULL,
    next_try   INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    done       INTEGER,
    last_error TEXT,
    gathers    INTEGER NOT NULL DEFAULT 0,
    digest     TEXT REFERENCES delivery (id)
) STRICT;
INSERT INTO delivery_2 (id, channel, group_key, severity, state, closed, notices, opened, next_try, attempts, done, last_error)
    SELECT id, channel, group_key, severity, state, closed, notices, opened, next_try, attempts, done, last_error FROM delivery;
DROP TABLE delivery;
ALTER TABLE delivery_2 RENAME TO delivery;
CREATE INDEX delivery_pending ON delivery (channel, next_try) WHERE state = 'pending';
CREATE INDEX delivery_dead ON delivery (done) WHERE state = 'dead';
CREATE INDEX delivery_group ON delivery (channel, group_key, opened);
CREATE INDEX delivery_digest ON delivery (digest) WHERE digest IS NOT NULL;

-- One row once the outbox knows what had been found before it was made.
CREATE TABLE seeded (at INTEGER NOT NULL) STRICT;
INSERT INTO seeded SELECT max(submitted) FROM notice HAVING count(*) > 0;

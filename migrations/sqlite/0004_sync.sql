-- What a laptop is and whom it sends to; the packages it was given; the pushes it made.

-- Who this device is: one row. The keys lie in the clear here, as the whole file is encrypted.
CREATE TABLE identity (
    id          INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    study       BLOB    NOT NULL CHECK (length(study) = 16),
    device      BLOB    NOT NULL CHECK (length(device) = 16),
    name        TEXT    NOT NULL,
    signing_key BLOB    NOT NULL CHECK (length(signing_key) = 32),
    sealing_key BLOB    NOT NULL CHECK (length(sealing_key) = 32),
    credential  TEXT    NOT NULL
) STRICT;

-- The server it sends to: one row.
CREATE TABLE remote (
    id               INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    name             TEXT    NOT NULL,
    url              TEXT    NOT NULL,
    token            TEXT    NOT NULL,
    spki             BLOB    NOT NULL CHECK (length(spki) = 32),
    root             BLOB    NOT NULL CHECK (length(root) = 32),
    server_key       TEXT    NOT NULL,
    incarnation      BLOB    NOT NULL CHECK (length(incarnation) = 16),
    auto             INTEGER NOT NULL CHECK (auto IN (0, 1)),
    interval_seconds INTEGER NOT NULL CHECK (interval_seconds BETWEEN 10 AND 86400),
    drift_ms         INTEGER,
    contact_at       INTEGER
) STRICT;

-- Study packages as the server signed them. A newer one is in force, the older ones are kept.
CREATE TABLE package (
    version     INTEGER NOT NULL PRIMARY KEY CHECK (version >= 1),
    signed      TEXT    NOT NULL,
    received_at INTEGER NOT NULL
) STRICT;

-- Each push. `problem` is JSON.
CREATE TABLE push (
    id         INTEGER NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    outcome    TEXT    NOT NULL CHECK (outcome IN ('under_way', 'done', 'failed', 'cancelled', 'interrupted')),
    by         TEXT    NOT NULL,
    entries    INTEGER NOT NULL DEFAULT 0,
    bytes      INTEGER NOT NULL DEFAULT 0,
    problem    TEXT
) STRICT;

-- What an author has handed over to carriers. It says where something is, never that it was received.
CREATE TABLE handed (
    bundle  BLOB    NOT NULL PRIMARY KEY CHECK (length(bundle) = 32),
    stream  INTEGER NOT NULL,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    carrier BLOB    NOT NULL CHECK (length(carrier) = 16),
    name    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    word    TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX handed_stream ON handed (stream, last);

-- What a carrier carries: sealed bundles, in the order in which it took them; the body goes once it is delivered.
CREATE TABLE carried (
    n            INTEGER PRIMARY KEY,
    bundle       BLOB    NOT NULL UNIQUE CHECK (length(bundle) = 32),
    author       BLOB    NOT NULL CHECK (length(author) = 16),
    bytes        INTEGER NOT NULL,
    taken_at     INTEGER NOT NULL,
    delivered_at INTEGER,
    refused      TEXT,
    body         BLOB
) STRICT;
CREATE INDEX carried_pending ON carried (n) WHERE delivered_at IS NULL AND refused IS NULL;

-- Whom a carrier has met.
CREATE TABLE author (
    device BLOB    NOT NULL PRIMARY KEY CHECK (length(device) = 16),
    name   TEXT    NOT NULL,
    met_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The newest manifest of each stream that a carrier has.
CREATE TABLE manifest (
    device   BLOB    NOT NULL CHECK (length(device) = 16),
    stream   TEXT    NOT NULL,
    number   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    taken_at INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (device, stream)
) STRICT, WITHOUT ROWID;

-- Receipts that a carrier brings back; of each author the newest says all that those before it did.
CREATE TABLE brought (
    author   BLOB    NOT NULL PRIMARY KEY CHECK (length(author) = 16),
    number   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    body     BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

-- Hand-overs that authors have signed, for the driver to sign.
CREATE TABLE offer (
    transfer BLOB    NOT NULL PRIMARY KEY CHECK (length(transfer) = 16),
    author   BLOB    NOT NULL CHECK (length(author) = 16),
    body     TEXT    NOT NULL,
    taken_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- At the server: who brought a bundle, where that was not its author.
CREATE TABLE bringer (
    bundle  BLOB    NOT NULL CHECK (length(bundle) = 32),
    carrier BLOB    NOT NULL CHECK (length(carrier) = 16),
    at      INTEGER NOT NULL,
    PRIMARY KEY (bundle, carrier)
) STRICT, WITHOUT ROWID;

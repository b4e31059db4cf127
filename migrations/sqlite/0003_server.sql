-- What a server keeps beyond the journal: its keys and lives, the devices and people it knows, what it has received and
-- answered. A laptop's store has these tables too, empty.

-- Older keys stay, so that what was sealed to them before a device learned of newer ones can still be opened.
CREATE TABLE server_key (
    epoch           INTEGER NOT NULL PRIMARY KEY CHECK (epoch >= 1),
    signing         BLOB    NOT NULL CHECK (length(signing) = 32),
    sealing         BLOB    NOT NULL CHECK (length(sealing) = 32),
    tls_key         BLOB    NOT NULL,
    tls_certificate BLOB    NOT NULL,
    document        TEXT    NOT NULL,
    made_at         INTEGER NOT NULL
) STRICT;

-- Each life of this database; the highest number is the present one.
CREATE TABLE incarnation (
    number   INTEGER NOT NULL PRIMARY KEY CHECK (number >= 1),
    id       BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    began_at INTEGER NOT NULL,
    reason   TEXT    NOT NULL
) STRICT;

-- Every version of the study package that was ever given out, as signed.
CREATE TABLE published_package (
    version      INTEGER NOT NULL PRIMARY KEY CHECK (version >= 1),
    signed       TEXT    NOT NULL,
    published_at INTEGER NOT NULL,
    note         TEXT    NOT NULL
) STRICT;

-- People: those with an account on the server have a passphrase, those known from laptops have none.
CREATE TABLE account (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name       TEXT    NOT NULL,
    folded     TEXT    NOT NULL UNIQUE,
    role       TEXT    NOT NULL,
    passphrase TEXT,
    failed     INTEGER NOT NULL DEFAULT 0,
    failed_at  INTEGER,
    made_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE account_session (
    hash    BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    account BLOB    NOT NULL REFERENCES account (id),
    made_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
) STRICT;

CREATE TABLE device (
    id             BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name           TEXT    NOT NULL,
    role           TEXT    NOT NULL,
    verify_key     BLOB    NOT NULL CHECK (length(verify_key) = 32),
    sealing_key    BLOB    NOT NULL CHECK (length(sealing_key) = 32),
    credential     TEXT    NOT NULL,
    app            TEXT    NOT NULL,
    enrolled_at    INTEGER NOT NULL,
    heard_at       INTEGER,
    sent_at        INTEGER,
    sent           TEXT    NOT NULL DEFAULT '',
    drift_ms       INTEGER,
    revoked_at     INTEGER,
    revoked_reason TEXT
) STRICT;

CREATE TABLE device_token (
    hash    BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    device  BLOB    NOT NULL REFERENCES device (id),
    made_at INTEGER NOT NULL,
    -- When the device first used it: from then on its enrolment code gives no second answer.
    used_at INTEGER
) STRICT;

CREATE TABLE device_account (
    device  BLOB NOT NULL REFERENCES device (id),
    account BLOB NOT NULL REFERENCES account (id),
    PRIMARY KEY (device, account)
) STRICT, WITHOUT ROWID;

-- Every stream code ever given out. A code is never given to a second device.
CREATE TABLE stream_code (
    code     TEXT    NOT NULL PRIMARY KEY CHECK (length(code) = 3),
    device   BLOB    NOT NULL CHECK (length(device) = 16),
    given_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX stream_code_by_device ON stream_code (device);

CREATE TABLE enrolment_code (
    hash       BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    role       TEXT    NOT NULL,
    note       TEXT    NOT NULL,
    made_at    INTEGER NOT NULL,
    made_by    TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER,
    device     BLOB,
    account    BLOB
) STRICT;

-- One receipt is sealed to a device and kept until the device says that it has it.
CREATE TABLE receipt (
    device          BLOB    NOT NULL REFERENCES device (id),
    incarnation     INTEGER NOT NULL REFERENCES incarnation (number),
    number          INTEGER NOT NULL CHECK (number >= 1),
    at              INTEGER NOT NULL,
    changed_through INTEGER NOT NULL,
    -- What it said of the device's streams, to tell whether there is anything new to say.
    standing        BLOB    NOT NULL CHECK (length(standing) = 32),
    -- The sealed bundle; empty once the device has it.
    sealed          BLOB    NOT NULL,
    PRIMARY KEY (device, incarnation, number)
) STRICT;

CREATE TABLE bundle (
    id          BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    device      BLOB    NOT NULL REFERENCES device (id),
    incarnation INTEGER NOT NULL,
    receipt     INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    entries     INTEGER NOT NULL,
    received_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Records of which a device wrote something and others did since: what its next receipt must bring.
CREATE TABLE feed (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    device BLOB    NOT NULL CHECK (length(device) = 16),
    record BLOB    NOT NULL CHECK (length(record) = 16),
    UNIQUE (device, record)
) STRICT;

CREATE INDEX feed_by_device ON feed (device, number);

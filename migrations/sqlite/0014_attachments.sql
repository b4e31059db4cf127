-- What attachments hold, named by the BLAKE3 of its bytes. A laptop puts them here whole; at a server they come in parts,
-- of each sender apart until they are whole and fit their name, so that no device can spoil what another one sends.
CREATE TABLE content (
    id     INTEGER NOT NULL PRIMARY KEY,
    hash   BLOB    NOT NULL CHECK (length(hash) = 32),
    size   INTEGER NOT NULL CHECK (size > 0),
    sender BLOB    NOT NULL CHECK (length(sender) = 16),
    whole  INTEGER NOT NULL CHECK (whole IN (0, 1)),
    at     INTEGER NOT NULL,
    UNIQUE (hash, sender)
) STRICT;
CREATE UNIQUE INDEX content_whole ON content (hash) WHERE whole = 1;
CREATE INDEX content_sender ON content (sender, whole);

CREATE TABLE content_block (
    content INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    bytes   BLOB    NOT NULL,
    PRIMARY KEY (content, n)
) STRICT;

-- Contents that a server has by its own signed word, in each of its lives.
CREATE TABLE content_ack (
    peer INTEGER NOT NULL,
    hash BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (peer, hash)
) STRICT, WITHOUT ROWID;

-- Parts that this laptop has handed over to carriers. It says where something is, never that it was received.
CREATE TABLE content_handed (
    bundle  BLOB    NOT NULL PRIMARY KEY CHECK (length(bundle) = 32),
    hash    BLOB    NOT NULL CHECK (length(hash) = 32),
    first   INTEGER NOT NULL,
    until   INTEGER NOT NULL,
    carrier BLOB    NOT NULL CHECK (length(carrier) = 16),
    name    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    word    TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX content_handed_hash ON content_handed (hash);

-- At the server: contents that are whole, of which a device is not known to have been told.
CREATE TABLE content_news (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    device BLOB    NOT NULL CHECK (length(device) = 16),
    hash   BLOB    NOT NULL CHECK (length(hash) = 32),
    -- The life of the server and the receipt in which it was told.
    life   INTEGER,
    told   INTEGER,
    UNIQUE (device, hash)
) STRICT;
CREATE INDEX content_news_device ON content_news (device, number);

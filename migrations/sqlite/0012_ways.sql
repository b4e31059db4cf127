-- Ways to send beside the network, tried in the order of their ranks when the network does not answer. What an SFTP
-- account signs in with lies here as the server's token does: the store is encrypted.
CREATE TABLE way (
    id        INTEGER NOT NULL PRIMARY KEY,
    rank      INTEGER NOT NULL,
    name      TEXT    NOT NULL UNIQUE,
    place     TEXT    NOT NULL,
    identity  TEXT    NOT NULL,
    secret    TEXT    NOT NULL,
    tried_at  INTEGER,
    worked_at INTEGER,
    problem   TEXT
) STRICT;

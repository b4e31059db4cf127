-- What a server shares with each device beyond its token, both derived from it at enrolment.

-- With it administrators' codes are made that let people back in on a laptop without a network.
CREATE TABLE device_rescue (
    device BLOB NOT NULL PRIMARY KEY REFERENCES device (id),
    secret BLOB NOT NULL CHECK (length(secret) = 32)
) STRICT;

-- A token that puts bundles and does nothing else: it lies readable beside a sealed outbox.
ALTER TABLE device_token ADD COLUMN upload_only INTEGER NOT NULL DEFAULT 0 CHECK (upload_only IN (0, 1));

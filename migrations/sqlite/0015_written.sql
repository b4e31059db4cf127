-- What was written to a way last, as JSON: not written again while it lies there and nothing else has become unsent,
-- whichever program looks.
ALTER TABLE way ADD COLUMN written TEXT;

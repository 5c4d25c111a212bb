-- Random bytes, as 64 hex digits, that the hub made for itself. `name`: what for; `neighbours <site>` is the key by which
-- the devices of a site know each other.
CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    made_at_ms BIGINT NOT NULL
);

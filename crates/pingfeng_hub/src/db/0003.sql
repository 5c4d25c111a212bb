-- What was signed elsewhere, and certificates of devices. The hub has none of the keys.
-- Roots and rosters of a site in the order in which they were taken. `envelope`: DSSE as JSON. `kind`: root or roster.
CREATE TABLE trust_documents (
    id TEXT PRIMARY KEY,
    site_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    envelope TEXT NOT NULL,
    added_at_ms BIGINT NOT NULL,
    added_by TEXT NOT NULL,
    UNIQUE (site_id, seq)
);
-- Statements about a release with the signatures so far. `from_version` is 0 for going forward, and for a way back the
-- highest version that had been built when it was written.
CREATE TABLE approvals (
    release_id TEXT NOT NULL,
    site_id TEXT NOT NULL,
    from_version BIGINT NOT NULL,
    envelope TEXT NOT NULL,
    changed_at_ms BIGINT NOT NULL,
    PRIMARY KEY (release_id, site_id, from_version)
);
-- Notices. `signed_at_ms` absent: a draft, which no screen shows.
CREATE TABLE notices (
    id TEXT PRIMARY KEY,
    site_id TEXT NOT NULL,
    envelope TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    signed_at_ms BIGINT,
    withdrawn_at_ms BIGINT,
    withdrawn_by TEXT
);
CREATE INDEX notices_by_site ON notices (site_id, expires_at_ms);
-- Every certificate that devices were given. `state`: next (made, not used yet), current, replaced or revoked.
CREATE TABLE certificates (
    serial TEXT PRIMARY KEY,
    device_id TEXT NOT NULL,
    state TEXT NOT NULL,
    issued_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    ended_at_ms BIGINT
);
CREATE INDEX certificates_by_device ON certificates (device_id);
INSERT INTO certificates (serial, device_id, state, issued_at_ms, expires_at_ms, ended_at_ms)
    SELECT certificate_serial, id, 'current', created_at_ms, certificate_expires_at_ms, NULL FROM devices;
-- A code that lets a known device come back: the id that it keeps.
ALTER TABLE enrol_codes ADD COLUMN replaces TEXT;

-- Portable between SQLite and PostgreSQL: TEXT, BIGINT, BOOLEAN. Ids and counters are made by the hub.
CREATE TABLE users (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    failures INTEGER NOT NULL,
    locked_until_ms BIGINT NOT NULL
);
CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL
);
CREATE TABLE api_tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    created_at_ms BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    last_used_at_ms BIGINT
);
CREATE TABLE setup_links (
    token_hash TEXT PRIMARY KEY,
    created_at_ms BIGINT NOT NULL
);
CREATE TABLE sites (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL
);
CREATE TABLE device_groups (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    release_id TEXT,
    created_at_ms BIGINT NOT NULL
);
CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    site_id TEXT NOT NULL REFERENCES sites (id),
    group_id TEXT NOT NULL REFERENCES device_groups (id),
    host TEXT NOT NULL,
    program TEXT NOT NULL,
    certificate_serial TEXT NOT NULL,
    certificate_expires_at_ms BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    target_release_id TEXT,
    target_revision BIGINT NOT NULL,
    target_at_ms BIGINT NOT NULL,
    seen_at_ms BIGINT,
    report_json TEXT,
    report_at_ms BIGINT,
    progress_since_ms BIGINT,
    picture_at_ms BIGINT
);
CREATE TABLE enrol_codes (
    code_hash TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    site_id TEXT NOT NULL,
    group_id TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    used_at_ms BIGINT,
    device_id TEXT
);
CREATE TABLE exhibitions (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    changed_at_ms BIGINT NOT NULL,
    last_version BIGINT NOT NULL
);
CREATE TABLE document_versions (
    id TEXT PRIMARY KEY,
    exhibition_id TEXT NOT NULL,
    path TEXT NOT NULL,
    seq BIGINT NOT NULL,
    etag TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    UNIQUE (exhibition_id, path, seq)
);
CREATE TABLE releases (
    id TEXT PRIMARY KEY,
    exhibition_id TEXT NOT NULL,
    title TEXT NOT NULL,
    version BIGINT NOT NULL,
    note TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    manifest_size_bytes BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    files BIGINT NOT NULL
);
CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    exhibition_id TEXT,
    state TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    finished_at_ms BIGINT,
    findings_json TEXT NOT NULL,
    release_id TEXT,
    error_json TEXT
);
CREATE TABLE events (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    site_id TEXT,
    created_at_ms BIGINT NOT NULL,
    closed_at_ms BIGINT
);
CREATE TABLE attendees (
    event_id TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (event_id, code)
);
CREATE TABLE check_ins (
    id TEXT PRIMARY KEY,
    event_id TEXT NOT NULL,
    person TEXT NOT NULL,
    code TEXT,
    name TEXT,
    way TEXT NOT NULL,
    device_id TEXT,
    at_ms BIGINT NOT NULL,
    received_at_ms BIGINT NOT NULL
);
CREATE INDEX check_ins_by_event ON check_ins (event_id, received_at_ms);
CREATE TABLE quiz_results (
    id TEXT PRIMARY KEY,
    device_id TEXT NOT NULL,
    scene TEXT NOT NULL,
    asked INTEGER NOT NULL,
    answered_right INTEGER NOT NULL,
    at_ms BIGINT NOT NULL,
    received_at_ms BIGINT NOT NULL
);
CREATE INDEX quiz_results_by_scene ON quiz_results (scene);
CREATE TABLE quiz_answers (
    result_id TEXT NOT NULL REFERENCES quiz_results (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    question TEXT NOT NULL,
    answered_right BOOLEAN NOT NULL,
    PRIMARY KEY (result_id, seq)
);
CREATE TABLE refused_records (
    id TEXT PRIMARY KEY,
    device_id TEXT NOT NULL,
    code TEXT NOT NULL,
    received_at_ms BIGINT NOT NULL
);
CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    device_id TEXT NOT NULL,
    order_json TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    outcome_json TEXT,
    outcome_at_ms BIGINT
);
CREATE INDEX orders_by_device ON orders (device_id, created_at_ms);
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL
);

-- Rollouts, delivery rules of groups, dark screens, and facts about the hub itself.
-- Rules of a group as JSON, or no rules.
ALTER TABLE device_groups ADD COLUMN delivery_json TEXT;
-- A release on its way to groups. `groups_json`: the groups and what each ran before. `machine_json`: see rollout.rs.
-- `seq` rises with every rollout, whatever the clock does.
CREATE TABLE rollouts (
    id TEXT PRIMARY KEY,
    seq BIGINT NOT NULL UNIQUE,
    release_id TEXT NOT NULL,
    state TEXT NOT NULL,
    groups_json TEXT NOT NULL,
    machine_json TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    changed_at_ms BIGINT NOT NULL
);
CREATE INDEX rollouts_by_release ON rollouts (release_id);
-- Devices that a rollout has to do with. `told_at_ms` absent: told the release before again.
CREATE TABLE rollout_devices (
    rollout_id TEXT NOT NULL REFERENCES rollouts (id) ON DELETE CASCADE,
    device_id TEXT NOT NULL,
    step BIGINT NOT NULL,
    told_at_ms BIGINT,
    told_revision BIGINT NOT NULL,
    confirmed_at_ms BIGINT,
    PRIMARY KEY (rollout_id, device_id)
);
-- What is dark. `scope`: device, group, site or hub. The object of scope hub is `hub`.
CREATE TABLE blanks (
    scope TEXT NOT NULL,
    object_id TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    actor TEXT NOT NULL,
    PRIMARY KEY (scope, object_id)
);
-- Facts by name, such as that the hub was restored from a backup.
CREATE TABLE hub_facts (
    name TEXT PRIMARY KEY,
    value_json TEXT NOT NULL
);

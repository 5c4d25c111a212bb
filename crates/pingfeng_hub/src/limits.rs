//! Limits of the hub, by name. Those an operator may want to change are in the configuration instead.

use std::time::Duration;

/// Bytes of a JSON request body.
pub const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Records in one file from a stick.
pub const CARRIED_RECORDS_MAX: usize = 20_000;
/// Bytes of such a file.
pub const CARRIED_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Bytes of one document that the console saves.
pub const DOCUMENT_BYTES_MAX: usize = 1024 * 1024;
/// Versions kept of one document.
pub const DOCUMENT_VERSIONS_MAX: u64 = 200;
/// How long a request may take, uploads and the live stream apart.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an upload may pause between two pieces.
pub const UPLOAD_STALL_MAX: Duration = Duration::from_secs(60);
/// Bytes that are read of an upload after it has been refused, so that its sender hears why.
pub const REFUSED_BYTES_READ_MAX: usize = 64 * 1024 * 1024;
/// How long that may take.
pub const REFUSED_READ_MAX: Duration = Duration::from_secs(10);
/// How long a TLS handshake may take.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// MQTT connections at a time.
pub const CONNECTIONS_MAX: usize = 5_000;
/// Messages that wait for one slow device; the oldest family to go is chunks, which the device asks for again.
pub const DOWN_QUEUE_MAX: usize = 256;
/// Pieces that wait to be sent to one device. More are dropped; the device asks again.
pub const WANTED_NAMES_MAX: usize = 8_192;
/// Parcels that are read and sent at a time, over all devices: each takes its turn.
pub const PARCELS_AT_A_TIME: usize = 4;
/// Releases whose pieces are known at a time; about 100 bytes of memory for each piece.
pub const SHELVES_MAX: usize = 4;
/// Parcels of one answer over HTTPS that wait for the network.
pub const PARCELS_READY: usize = 2;
/// Answers over HTTPS at a time, one for each device; others are told to come back, and use MQTT meanwhile.
pub const PIECES_STREAMS_MAX: usize = 64;
/// How long a device may take nothing of an answer before it is ended. Slow lines and caps are no reason to end it.
pub const PIECES_STALL_MAX: Duration = Duration::from_secs(5 * 60);
/// Requests for pieces over HTTPS of one device in [`PIECES_REQUESTS_WINDOW_MS`]; a refresh takes less than ten.
pub const PIECES_REQUESTS_MAX: usize = 120;
/// See [`PIECES_REQUESTS_MAX`].
pub const PIECES_REQUESTS_WINDOW_MS: i64 = 60_000;
/// A device that has not asked for so long does not fetch any more.
pub const TOGETHER_FOR_MS: i64 = 30_000;
/// A piece that went to the topic of a site is not sent there again for so long. A device that lags behind asks for what
/// waits in its queue; one that has lost it asks a second time, and is answered alone.
pub const TOGETHER_ONCE_MS: i64 = 20_000;
/// Sites and releases for which is remembered who fetches together.
pub const TOGETHER_SITES_MAX: usize = 1_000;
/// Messages of one device that wait for the hub when the broker is an external one.
pub const UP_QUEUE_MAX: usize = 64;
/// Without presence for so long, a device is offline.
pub const OFFLINE_AFTER_MS: i64 = 15_000;
/// A device that should change its release is `updating` for so long before it is `behind`.
pub const UPDATE_WINDOW_MS: i64 = 2 * 60_000;
/// A visitor may keep a new release waiting for so long before the device is `behind`.
pub const VISIT_WAIT_MAX_MS: i64 = 15 * 60_000;
/// Wrong passwords before an account is locked.
pub const LOGIN_FAILURES_MAX: i32 = 5;
/// How long it stays locked.
pub const LOGIN_LOCK_MS: i64 = 5 * 60_000;
/// Tries of a secret (password, code, link) from one address in [`ATTEMPT_WINDOW_MS`].
pub const ATTEMPTS_MAX: usize = 30;
/// See [`ATTEMPTS_MAX`].
pub const ATTEMPT_WINDOW_MS: i64 = 60_000;
/// Addresses that attempts are counted for; beyond, the whole table is forgotten and counting starts again.
pub const ATTEMPT_ADDRESSES_MAX: usize = 10_000;
/// Jobs that wait or run.
pub const JOBS_MAX: usize = 32;
/// Findings kept with a job or returned for a document.
pub const FINDINGS_MAX: usize = 1_000;
/// Attendees of one event.
pub const ATTENDEES_MAX: usize = 20_000;
/// Rows of a list, unless fewer are asked for.
pub const ROWS_MAX: u64 = 1_000;
/// Live events that a slow console may be behind before it has to load again.
pub const LIVE_QUEUE_MAX: usize = 1_024;
/// How long a screen has to carry out an order.
pub const ORDER_EXPIRY_MS: i64 = 60_000;
/// How long a check-in is worth showing on a screen.
pub const WELCOME_EXPIRY_S: u32 = 3_600;
/// Characters of any name that an administrator types.
pub const NAME_CHARS_MAX: usize = 60;
/// Characters of a note.
pub const NOTE_CHARS_MAX: usize = 500;
/// Characters of a check-in code.
pub const CODE_CHARS_MAX: usize = 64;
/// Steps of a rollout before the one that takes in everybody.
pub const ROLLOUT_STEPS_MAX: usize = 5;
/// Minutes for which a device has to stay well after it has confirmed a release: at most a week.
pub const SOAK_MIN_MAX: u32 = 7 * 24 * 60;
/// Minutes that one step of a rollout may take: at least this many.
pub const STEP_MIN_LEAST: u32 = 5;
/// At most this many: four weeks.
pub const STEP_MIN_MAX: u32 = 28 * 24 * 60;
/// A device that has confirmed a release and is not heard of for so long counts as failed while it is being watched.
pub const SILENT_AFTER_MS: i64 = 5 * 60_000;
/// Rollouts that are looked at again without any report, so that time alone moves them on.
pub const ROLLOUT_TICK: Duration = Duration::from_secs(5);
/// Devices named as the reason why a rollout stopped. More are counted, not named.
pub const STOP_DEVICES_MAX: usize = 50;
/// Ended rollouts that are listed.
pub const ROLLOUTS_LISTED_MAX: u64 = 50;
/// Least bandwidth cap of a group, bytes a second: below it even a text change would take minutes.
pub const CAP_BYTES_S_LEAST: u64 = 1_000;
/// Largest bandwidth cap of a group, bytes a second.
pub const CAP_BYTES_S_MAX: u64 = 1_000_000_000;
/// Devices, groups and sites that are dark at a time by an entry of their own.
pub const BLANKS_MAX: u64 = 1_000;
/// How far the revisions of all targets are raised once an administrator has decided what holds after the hub was
/// restored from a backup: further than a hub gets between two backups.
pub const REVISION_GAP: i64 = 1_000;
/// Roots and rosters of one site.
pub const TRUST_DOCUMENTS_MAX: usize = 1_000;
/// Bytes of documents of trust in one message, as JSON; the rest of a packet is for what is around them.
pub const TRUST_BYTES_SENT_MAX: usize = 480 * 1024;
/// Differences between two releases that are told in words; the rest is counted.
pub const CHANGES_MAX: usize = 400;
/// Characters of a text in such a difference.
pub const CHANGE_CHARS_MAX: usize = 300;
/// Bytes of a document of a release that is read to compare it.
pub const COMPARED_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Drafts of notices and notices that have ended, as far back as they are listed.
pub const NOTICES_LISTED_MAX: u64 = 100;
/// Notices of one site that are shown or wait for a signature.
pub const NOTICES_OPEN_MAX: usize = 20;
/// Bytes of a certificate request.
pub const CSR_BYTES_MAX: usize = 8 * 1024;
/// A device is given no further certificate for so long.
pub const RENEWAL_GAP_MS: i64 = 60_000;
/// A certificate that ends within so long and was not renewed is warned of. Devices ask in the last third of its life.
pub const CERTIFICATE_ENDS_SOON_MS: i64 = 30 * 86_400_000;
/// Certificates that are listed, newest first.
pub const CERTIFICATES_LISTED_MAX: u64 = 5_000;
/// A hub that was thrown out because another one came waits so long before it comes back.
pub const RIVAL_WAIT: Duration = Duration::from_secs(60);
/// Another hub is spoken of for so long after it was last noticed.
pub const RIVAL_SHOWN_MS: i64 = 10 * 60 * 1000;

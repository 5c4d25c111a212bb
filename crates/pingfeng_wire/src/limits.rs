//! Limits of the wire, by name. Both sides enforce them.

/// Largest MQTT packet that either side accepts, in bytes.
pub const PACKET_BYTES_MAX: usize = 512 * 1024;
/// Bytes of pieces in one parcel, before compression. A single piece may be in a parcel whatever its length.
pub const PARCEL_BYTES_MAX: usize = 128 * 1024;
/// Names in one want message.
pub const WANT_NAMES_MAX: usize = 1024;
/// Names in one request for pieces over HTTPS.
pub const PIECES_NAMES_MAX: usize = 32 * WANT_NAMES_MAX;
/// Runs of chunks in one request for pieces over HTTPS.
pub const RUNS_MAX: usize = 8 * 1024;
/// Names in one question to a neighbour.
pub const NEIGHBOUR_NAMES_MAX: usize = 4 * WANT_NAMES_MAX;
/// Download windows of a target.
pub const WINDOWS_MAX: usize = 8;
/// Roots in one message of documents of trust. A device further behind asks again.
pub const ROOTS_MAX: usize = 8;
/// Bytes of an envelope in a target: of a release's signatures, or a notice.
pub const ENVELOPE_BYTES_MAX: usize = 64 * 1024;
/// Records in one `rec` message.
pub const RECORDS_MAX: usize = 50;
/// Bytes of one record's body.
pub const RECORD_BYTES_MAX: usize = 8 * 1024;
/// Bytes of the picture in a receipt (JPEG).
pub const PICTURE_BYTES_MAX: usize = 300 * 1024;
/// Characters of a name that a visitor types.
pub const NAME_CHARS_MAX: usize = 20;
/// Seconds between keep-alives.
pub const KEEP_ALIVE_S: u64 = 5;

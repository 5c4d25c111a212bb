//! Limits of the wire, by name. Both sides enforce them.

/// Largest MQTT packet that either side accepts, in bytes.
pub const PACKET_BYTES_MAX: usize = 512 * 1024;
/// Bytes of blob in one chunk message; the last chunk of a blob is shorter.
pub const CHUNK_BYTES: usize = 128 * 1024;
/// Chunks that a device asks for in one want message.
pub const WANT_CHUNKS_MAX: usize = 16;
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

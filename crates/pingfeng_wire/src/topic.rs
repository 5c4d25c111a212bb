//! Topics. `pf/1/dev/<device>/{target,cmd,chunk,ack}` down, `…/{report,rec,want,receipt,presence}` up,
//! `pf/1/site/<site>/{welcome}` to many.

/// Root of every topic of this version.
pub const ROOT: &str = "pf/1";

/// Last level of a device's topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceTopic {
    /// Down, retained: [`crate::Target`].
    Target,
    /// Down, QoS 1, expiry: [`crate::Command`].
    Cmd,
    /// Down, raw bytes, `chunk/<blob hash>/<index>`.
    Chunk,
    /// Down, QoS 1: [`crate::Ack`].
    Ack,
    /// Up, retained: [`crate::Report`].
    Report,
    /// Up, QoS 1: [`crate::Records`].
    Rec,
    /// Up: [`crate::Want`].
    Want,
    /// Up, QoS 1: [`crate::Receipt`].
    Receipt,
    /// Up, retained, also the will: [`crate::Presence`].
    Presence,
}

impl DeviceTopic {
    /// Every topic a device may publish to.
    pub const UP: [Self; 5] = [Self::Report, Self::Rec, Self::Want, Self::Receipt, Self::Presence];
    /// Every topic a device may subscribe to; `chunk` with `/#`.
    pub const DOWN: [Self; 4] = [Self::Target, Self::Cmd, Self::Chunk, Self::Ack];

    /// The level's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Cmd => "cmd",
            Self::Chunk => "chunk",
            Self::Ack => "ack",
            Self::Report => "report",
            Self::Rec => "rec",
            Self::Want => "want",
            Self::Receipt => "receipt",
            Self::Presence => "presence",
        }
    }

    /// The level of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::UP.into_iter().chain(Self::DOWN).find(|topic| topic.name() == name)
    }
}

/// The topic of one device.
pub fn device(device: &str, topic: DeviceTopic) -> String {
    format!("{ROOT}/dev/{device}/{}", topic.name())
}

/// The topic of one chunk of a blob for one device.
pub fn chunk(device: &str, blob: &str, index: u32) -> String {
    format!("{ROOT}/dev/{device}/chunk/{blob}/{index}")
}

/// Masked check-ins for every screen of a site: [`crate::Welcome`].
pub fn site_welcome(site: &str) -> String {
    format!("{ROOT}/site/{site}/welcome")
}

/// What a topic that the hub receives means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FromDevice<'a> {
    /// Whose topic it is.
    pub device: &'a str,
    /// Which.
    pub topic: DeviceTopic,
}

/// Reads a device's up-topic; `None` for anything else. Never slices inside a character.
pub fn parse_up(topic: &str) -> Option<FromDevice<'_>> {
    let mut levels = topic.strip_prefix(ROOT)?.strip_prefix("/dev/")?.split('/');
    let device = levels.next().filter(|id| id_is_valid(id))?;
    let topic = DeviceTopic::from_name(levels.next()?)?;
    (levels.next().is_none() && DeviceTopic::UP.contains(&topic)).then_some(FromDevice { device, topic })
}

/// Reads a chunk's topic as a device receives it: blob hash and index.
pub fn parse_chunk(topic: &str) -> Option<(&str, u32)> {
    let (_, rest) = topic.strip_prefix(ROOT)?.strip_prefix("/dev/")?.split_once("/chunk/")?;
    let (blob, index) = rest.split_once('/')?;
    Some((blob, index.parse().ok()?))
}

/// True for 1 to 64 characters of `a-z`, `0-9` and `-`: what may stand in a topic as a device, site or group id.
pub fn id_is_valid(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

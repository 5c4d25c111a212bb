//! Topics. `pf/1/dev/<device>/{target,cmd,chunk,ack,trust,renewed}` down, `…/{report,rec,want,receipt,presence,renew}`
//! up, `pf/1/site/<site>/{welcome,chunk/<release>}` to many.

/// Root of every topic of this version.
pub const ROOT: &str = "pf/1";

/// Last level of a device's topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceTopic {
    /// Down, retained: [`crate::Target`].
    Target,
    /// Down, QoS 1, expiry: [`crate::Command`].
    Cmd,
    /// Down, raw bytes: a parcel of pieces.
    Chunk,
    /// Down, QoS 1: [`crate::Ack`].
    Ack,
    /// Down, QoS 1: [`crate::TrustDocuments`].
    Trust,
    /// Down, QoS 1: [`crate::Renewed`].
    Renewed,
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
    /// Up, QoS 1: [`crate::Renewal`].
    Renew,
}

impl DeviceTopic {
    /// Every topic a device may publish to.
    pub const UP: [Self; 6] = [Self::Report, Self::Rec, Self::Want, Self::Receipt, Self::Presence, Self::Renew];
    /// Every topic a device may subscribe to.
    pub const DOWN: [Self; 6] = [Self::Target, Self::Cmd, Self::Chunk, Self::Ack, Self::Trust, Self::Renewed];

    /// The level's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Cmd => "cmd",
            Self::Chunk => "chunk",
            Self::Ack => "ack",
            Self::Trust => "trust",
            Self::Renewed => "renewed",
            Self::Report => "report",
            Self::Rec => "rec",
            Self::Want => "want",
            Self::Receipt => "receipt",
            Self::Presence => "presence",
            Self::Renew => "renew",
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

/// Parcels of one release for every device of a site that is fetching it. Of the release's name the first 32 digits.
pub fn site_chunk(site: &str, release: &str) -> String {
    format!("{ROOT}/site/{site}/chunk/{}", release.get(..32).unwrap_or(release))
}

/// Masked check-ins for every screen of a site: [`crate::Welcome`].
pub fn site_welcome(site: &str) -> String {
    format!("{ROOT}/site/{site}/welcome")
}

/// Where a hub at an external broker says that it is there: any text that differs with each of its starts, retained. No
/// device hears it.
pub const HUB: &str = "pf/1/hub";

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

/// True for 1 to 64 characters of `a-z`, `0-9` and `-`: what may stand in a topic as a device, site or group id.
pub fn id_is_valid(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

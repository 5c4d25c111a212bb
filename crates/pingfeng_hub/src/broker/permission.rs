//! What a client of the broker may do: a device may publish and subscribe under its own id and its site's down-topics,
//! and nothing else.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use pingfeng_wire::topic::{self, DeviceTopic};

/// A device that may connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Serial numbers, hex, of the certificates that let it in: the present one, and the next until it has been used. An
    /// older certificate of the same name is not accepted.
    pub serials: Vec<String>,
    /// Its site.
    pub site: String,
}

/// The devices that may connect, by id. Cheap to clone; all clones are one directory.
#[derive(Clone, Debug, Default)]
pub struct Directory(Arc<RwLock<HashMap<String, Member>>>, Arc<RwLock<HashMap<String, String>>>);

impl Directory {
    /// Adds or changes a device.
    pub fn put(&self, device: &str, member: Member) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(device.to_owned(), member);
    }

    /// Notes by which certificate a device has come.
    pub(super) fn note_used(&self, device: &str, serial: &str) {
        self.1.write().unwrap_or_else(PoisonError::into_inner).insert(device.to_owned(), serial.to_owned());
    }

    /// The certificate by which a device came last; `None`: an external broker has let it in.
    pub fn used(&self, device: &str) -> Option<String> {
        self.1.read().unwrap_or_else(PoisonError::into_inner).get(device).cloned()
    }

    /// Takes a device's permissions away.
    pub fn remove(&self, device: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(device);
        self.1.write().unwrap_or_else(PoisonError::into_inner).remove(device);
    }

    /// The device, if it may connect.
    pub fn get(&self, device: &str) -> Option<Member> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(device).cloned()
    }
}

/// Separates the device's id from a suffix in client ids. Device ids cannot contain it.
pub const CLIENT_SUFFIX: char = '.';

/// True if a client that has proved to be `device` may use this client id: its own id, or its own id with a suffix
/// (`<device>.diagnosis`). Anything else could take over the session of another device.
pub fn may_be_called(device: &str, client_id: &str) -> bool {
    client_id == device
        || client_id.strip_prefix(device).is_some_and(|rest| rest.starts_with(CLIENT_SUFFIX) && rest.len() <= 32)
}

/// True if `device` may publish to `name`.
pub fn may_publish(device: &str, name: &str) -> bool {
    topic::parse_up(name).is_some_and(|up| up.device == device)
}

/// True if `device` of `site` may subscribe to `filter`. Filters are compared as text against the few that a device
/// needs: no wildcard reaches beyond its own branch.
pub fn may_subscribe(device: &str, site: &str, filter: &str) -> bool {
    let own = DeviceTopic::DOWN.into_iter().any(|down| filter == topic::device(device, down));
    let of_site = filter.strip_prefix(topic::site_chunk(site, "").as_str());
    own || filter == topic::site_welcome(site)
        || of_site.is_some_and(|release| release.len() == 32 && release.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_publishes_on_its_own_up_topics_only() {
        assert!(may_publish("d-1", "pf/1/dev/d-1/rec"));
        for other in [
            "pf/1/dev/d-2/rec",
            "pf/1/dev/d-1/target",
            "pf/1/dev/d-1/cmd",
            "pf/1/dev/d-1/rec/more",
            "pf/1/site/s/welcome",
            "pf/1/dev/d-1",
            "展厅/一号",
            "pf/1/dev/展厅/rec",
            "$SYS/broker",
            "",
        ] {
            assert!(!may_publish("d-1", other), "{other}");
        }
    }

    #[test]
    fn a_device_subscribes_to_its_own_down_topics_and_its_site() {
        for own in [
            "pf/1/dev/d-1/target",
            "pf/1/dev/d-1/cmd",
            "pf/1/dev/d-1/ack",
            "pf/1/dev/d-1/chunk",
            "pf/1/dev/d-1/trust",
            "pf/1/dev/d-1/renewed",
            "pf/1/site/s/welcome",
            "pf/1/site/s/chunk/0123456789abcdef0123456789abcdef",
        ] {
            assert!(may_subscribe("d-1", "s", own), "{own}");
        }
        for other in [
            "#",
            "+/#",
            "pf/#",
            "pf/1/dev/+/target",
            "pf/1/dev/d-1/#",
            "pf/1/dev/d-2/target",
            "pf/1/dev/d-10/target",
            "pf/1/dev/d-1/rec",
            "pf/1/dev/d-1/chunk/#",
            "pf/1/site/t/welcome",
            "pf/1/site/t/chunk/0123456789abcdef0123456789abcdef",
            "pf/1/site/s/chunk/#",
            "pf/1/site/s/chunk/+",
            "pf/1/site/+/welcome",
            "$share/g/pf/1/dev/d-1/target",
            "$SYS/#",
            "展厅/一号",
        ] {
            assert!(!may_subscribe("d-1", "s", other), "{other}");
        }
    }

    #[test]
    fn a_client_id_is_the_device_with_or_without_a_suffix() {
        assert!(may_be_called("d-1", "d-1"));
        assert!(may_be_called("d-1", "d-1.diagnosis"));
        assert!(!may_be_called("d-1", "d-10"));
        assert!(!may_be_called("d-1", "d-2"));
        assert!(!may_be_called("d-1", ""));
    }
}

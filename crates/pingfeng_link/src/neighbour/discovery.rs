//! Who is there: multicast DNS, behind a trait so that tests and halls without multicast can say it themselves.
//!
//! What is announced says nothing to strangers: a random name, a port, and tags that only who has the site's key can
//! make. That a machine runs Pingfeng, and its address, is seen by everybody on the network.

use std::collections::HashMap;
use std::fmt::Debug;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use mdns_sd::{ResolvedService, ServiceDaemon, ServiceEvent, ServiceInfo};

/// The kind of service.
const SERVICE: &str = "_pingfeng._tcp.local.";
/// Neighbours that are remembered. A site with more of them asks those that it saw first.
const SEEN_MAX: usize = 256;
/// Releases that one announces: what it runs, what was before, what is coming.
pub(super) const TAGS_MAX: usize = 8;
/// Characters of a tag that somebody else announces.
const TAG_CHARS_MAX: usize = 64;

/// What a device says of itself on the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Port at which it gives pieces.
    pub port: u16,
    /// Tag of the site: the same for all its devices, and for nobody else.
    pub site: String,
    /// Tags of the releases that it has.
    pub has: Vec<String>,
}

/// A device that announces itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What it calls itself: random, and the same for as long as it runs.
    pub id: String,
    /// Where it gives pieces.
    pub address: SocketAddr,
    /// Tag of its site.
    pub site: String,
    /// Tags of the releases that it has.
    pub has: Vec<String>,
}

/// How devices find each other. Nothing here waits.
pub trait Neighbourhood: Debug + Send + Sync {
    /// Says it from now on, instead of what was said before.
    fn announce(&self, announcement: &Announcement);
    /// Says nothing any more.
    fn withdraw(&self);
    /// Who else is there, as far as is known. The first call begins to look: it may know of nobody yet.
    fn look(&self) -> Vec<Seen>;
}

/// The local network, by multicast DNS. Nothing is sent before the first call.
#[derive(Default)]
pub struct Lan {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    daemon: Option<ServiceDaemon>,
    own: Option<String>,
    announced: Option<String>,
    seen: Arc<Mutex<HashMap<String, Seen>>>,
    looking: bool,
    failed: bool,
}

impl Debug for Lan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lan").finish_non_exhaustive()
    }
}

impl Neighbourhood for Lan {
    fn announce(&self, announcement: &Announcement) {
        self.with(|state, daemon| {
            let own = state.own.get_or_insert_with(|| format!("{:016x}", rand::random::<u64>())).clone();
            let has = announcement.has.iter().take(TAGS_MAX).cloned().collect::<Vec<_>>().join(",");
            let properties = [("v", "1".to_owned()), ("site", announcement.site.clone()), ("has", has)];
            // Not the machine's own name: it may say whose it is.
            let host = format!("pingfeng-{own}.local.");
            let service =
                ServiceInfo::new(SERVICE, &own, &host, "", announcement.port, &properties[..])?.enable_addr_auto();
            let name = service.get_fullname().to_owned();
            daemon.register(service)?;
            state.announced = Some(name);
            Ok(())
        });
    }

    fn withdraw(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(name), Some(daemon)) = (state.announced.take(), &state.daemon)
            && let Err(error) = daemon.unregister(&name)
        {
            tracing::warn!(%error, "this device could not be withdrawn from the local network");
        }
    }

    fn look(&self) -> Vec<Seen> {
        self.with(|state, daemon| {
            if state.looking {
                return Ok(());
            }
            let events = daemon.browse(SERVICE)?;
            let seen = state.seen.clone();
            // The daemon gives up on whoever does not listen: a thread that does nothing else.
            std::thread::Builder::new()
                .name("pingfeng-mdns".into())
                .spawn(move || {
                    while let Ok(event) = events.recv() {
                        note(&seen, event);
                    }
                })
                .map_err(|error| mdns_sd::Error::Msg(error.to_string()))?;
            state.looking = true;
            Ok(())
        });
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = state.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.values().filter(|seen| state.own.as_ref() != Some(&seen.id)).cloned().collect()
    }
}

impl Lan {
    /// Does something with the daemon, which is started when it is first needed. What fails is said once: without
    /// neighbours everything comes from the hub.
    fn with(&self, does: impl FnOnce(&mut State, &ServiceDaemon) -> Result<(), mdns_sd::Error>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let done = match state.daemon.clone().map_or_else(ServiceDaemon::new, Ok) {
            Ok(daemon) => {
                state.daemon = Some(daemon.clone());
                does(&mut state, &daemon)
            }
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => state.failed = false,
            Err(error) if !state.failed => {
                tracing::warn!(%error, "the devices of the site cannot be found on the local network");
                state.failed = true;
            }
            Err(_) => {}
        }
    }
}

impl Drop for Lan {
    fn drop(&mut self) {
        self.withdraw();
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(daemon) = &state.daemon {
            // The process may be ending; others forget this device when its time to live is over.
            let _ = daemon.shutdown();
        }
    }
}

fn note(seen: &Mutex<HashMap<String, Seen>>, event: ServiceEvent) {
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    match event {
        ServiceEvent::ServiceResolved(service) => {
            if let Some(found) = read(&service)
                && (seen.len() < SEEN_MAX || seen.contains_key(&service.fullname))
            {
                seen.insert(service.fullname.clone(), found);
            }
        }
        ServiceEvent::ServiceRemoved(_, name) => {
            seen.remove(&name);
        }
        _ => {}
    }
}

/// Reads what somebody announces. Anybody on the network may announce anything.
fn read(service: &ResolvedService) -> Option<Seen> {
    let id = service.fullname.strip_suffix(SERVICE)?.trim_end_matches('.').to_owned();
    let is_tag =
        |tag: &&str| !tag.is_empty() && tag.len() <= TAG_CHARS_MAX && tag.bytes().all(|b| b.is_ascii_hexdigit());
    let site = service.get_property_val_str("site").filter(is_tag)?.to_owned();
    let has = service.get_property_val_str("has").unwrap_or_default();
    // A link-local address of version 6 is of no use without the interface.
    let addresses = service.get_addresses().iter().map(mdns_sd::ScopedIp::to_ip_addr);
    let usable = addresses
        .filter(|ip| matches!(ip, IpAddr::V4(_)) || matches!(ip, IpAddr::V6(ip) if !ip.is_unicast_link_local()));
    let ip = usable.min_by_key(|ip| (ip.is_ipv6(), ip.is_loopback(), *ip))?;
    Some(Seen {
        id,
        address: SocketAddr::new(ip, service.get_port()),
        site,
        has: has.split(',').filter(is_tag).take(TAGS_MAX).map(str::to_owned).collect(),
    })
}

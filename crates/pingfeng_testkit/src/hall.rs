//! Devices that find each other without a network: a hall of the test's making.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use pingfeng_link::neighbour::{Announcement, NeighbourConfig, Neighbourhood, Seen};

/// The devices that announce themselves to each other. Clones are the same hall.
#[derive(Clone, Debug, Default)]
pub struct TestHall(Arc<Mutex<Vec<Seen>>>);

#[derive(Debug)]
struct Place {
    hall: TestHall,
    id: String,
    /// Others are told this address instead of the true one.
    at: Option<SocketAddr>,
}

impl TestHall {
    /// A place in the hall for a device of that name.
    pub fn place(&self, id: &str) -> NeighbourConfig {
        self.place_at(id, None)
    }

    /// A place whose device others find at another address: behind a proxy.
    pub fn place_at(&self, id: &str, at: Option<SocketAddr>) -> NeighbourConfig {
        let place = Place { hall: self.clone(), id: id.to_owned(), at };
        NeighbourConfig { listen: SocketAddr::from(([127, 0, 0, 1], 0)), neighbourhood: Arc::new(place) }
    }

    /// Who announces itself now.
    pub fn seen(&self) -> Vec<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Somebody announces itself, true or not; one of that name is replaced.
    pub fn say(&self, seen: Seen) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|other| other.id != seen.id);
        all.push(seen);
    }
}

impl Neighbourhood for Place {
    fn announce(&self, announcement: &Announcement) {
        let Announcement { port, site, has } = announcement.clone();
        let address = self.at.unwrap_or(SocketAddr::from(([127, 0, 0, 1], port)));
        self.hall.say(Seen { id: self.id.clone(), address, site, has });
    }

    fn withdraw(&self) {
        self.hall.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|seen| seen.id != self.id);
    }

    fn look(&self) -> Vec<Seen> {
        self.hall.seen().into_iter().filter(|seen| seen.id != self.id).collect()
    }
}

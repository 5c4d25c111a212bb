//! Giving pieces to neighbours: little at a time, so that the glass does not notice.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use openssl::ssl::{Ssl, SslContext};
use pingfeng_release::chunk::ChunkName;
use pingfeng_release::parcel;
use pingfeng_release::store::Larder;
use pingfeng_wire::limits::{NEIGHBOUR_NAMES_MAX, PARCEL_BYTES_MAX};

use super::{Role, STEP_TIMEOUT, SiteKey};

/// Neighbours that are given pieces at a time; one more is sent away at once and asks another, or the hub.
const SERVED_MAX: usize = 3;
/// Bytes a second to all of them together: about half of a 100-megabit line, and a small part of a disk.
const SERVED_BYTES_S: u64 = 6 * 1024 * 1024;
/// How long one answer may take.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(5 * 60);
/// How long nobody is let in after accepting has failed.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Gives pieces until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    larder: Mutex<Arc<Larder>>,
    context: SslContext,
    serving: AtomicUsize,
    /// Who holds it has sent last, and waits until the next may.
    pace: Mutex<()>,
    ended: Mutex<bool>,
    ending: Condvar,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("serving", &self.serving).finish_non_exhaustive()
    }
}

impl Server {
    /// Listens at `listen`.
    pub(crate) fn start(listen: SocketAddr, key: &SiteKey, larder: Arc<Larder>) -> io::Result<Self> {
        let context = key.context(Role::Gives).map_err(io::Error::other)?;
        let listener = TcpListener::bind(listen)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            larder: Mutex::new(larder),
            context,
            serving: AtomicUsize::new(0),
            pace: Mutex::default(),
            ended: Mutex::default(),
            ending: Condvar::new(),
        });
        let of_thread = shared.clone();
        let thread = std::thread::Builder::new()
            .name("pingfeng-neighbours".into())
            .spawn(move || accept(&listener, &of_thread))?;
        Ok(Self { shared, address, thread: Some(thread) })
    }

    /// Releases came or went: this is what is given from now on. Answers that have begun go on with what they had.
    pub(crate) fn restock(&self, larder: Arc<Larder>) {
        *self.shared.larder.lock().unwrap_or_else(PoisonError::into_inner) = larder;
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        *self.shared.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.ending.notify_all();
        // Wakes the thread, which then sees that it is over.
        let own = if self.address.ip().is_unspecified() {
            SocketAddr::from(([127, 0, 0, 1], self.address.port()))
        } else {
            self.address
        };
        let woken = TcpStream::connect_timeout(&own, STEP_TIMEOUT).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            // Those who are being served end by themselves, within a step.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn has_ended(&self) -> bool {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits, but not beyond the end. True when it is over.
    fn wait(&self, time: Duration) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.ending.wait_timeout_while(ended, time, |ended| !*ended);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    loop {
        let accepted = listener.accept();
        if shared.has_ended() {
            return;
        }
        let Ok((stream, _)) = accepted else {
            // Too many open files, mostly: it passes.
            if shared.wait(ACCEPT_PAUSE) {
                return;
            }
            continue;
        };
        if shared.serving.fetch_add(1, Ordering::SeqCst) >= SERVED_MAX {
            shared.serving.fetch_sub(1, Ordering::SeqCst);
            continue;
        }
        let of_thread = shared.clone();
        let begun = std::thread::Builder::new().name("pingfeng-neighbour".into()).spawn(move || {
            if let Err(error) = answer(stream, &of_thread) {
                tracing::debug!(%error, "a neighbour was not given what it asked for");
            }
            of_thread.serving.fetch_sub(1, Ordering::SeqCst);
        });
        if begun.is_err() {
            shared.serving.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

fn answer(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let begun = Instant::now();
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(STEP_TIMEOUT))?;
    stream.set_write_timeout(Some(STEP_TIMEOUT))?;
    let ssl = Ssl::new(&shared.context).map_err(io::Error::other)?;
    let mut stream = ssl.accept(stream).map_err(io::Error::other)?;
    let mut count = [0; 4];
    stream.read_exact(&mut count)?;
    let count = u32::from_le_bytes(count) as usize;
    if count > NEIGHBOUR_NAMES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "too many names"));
    }
    let mut names = vec![0; count * 32];
    stream.read_exact(&mut names)?;
    let (names, _) = names.as_chunks::<32>();
    let larder = shared.larder.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut load: (Vec<Vec<u8>>, usize) = Default::default();
    let mut given = std::collections::HashSet::new();
    for name in names.iter().copied().map(ChunkName).filter(|name| given.insert(*name)) {
        let Some(piece) = larder.piece(&name) else { continue };
        if !load.0.is_empty() && load.1 + piece.len() > PARCEL_BYTES_MAX {
            send(&mut stream, shared, &std::mem::take(&mut load).0, begun)?;
        }
        load.1 += piece.len();
        load.0.push(piece);
    }
    if !load.0.is_empty() {
        send(&mut stream, shared, &load.0, begun)?;
    }
    stream.write_all(&parcel::ROW_END)?;
    // Whoever asked has everything; that it says goodbye is not waited for.
    let _ = stream.shutdown();
    Ok(())
}

fn send(stream: &mut impl Write, shared: &Shared, pieces: &[Vec<u8>], begun: Instant) -> io::Result<()> {
    let parcel = parcel::pack(pieces.iter().map(Vec::as_slice))?;
    stream.write_all(&parcel::row_header(&parcel))?;
    stream.write_all(&parcel)?;
    if begun.elapsed() > ANSWER_TIME_MAX {
        return Err(io::Error::new(io::ErrorKind::TimedOut, "it takes too little at a time"));
    }
    // One after the other: together they send no more than that.
    let _turn = shared.pace.lock().unwrap_or_else(PoisonError::into_inner);
    if shared.wait(Duration::from_micros(parcel.len() as u64 * 1_000_000 / SERVED_BYTES_S)) {
        return Err(io::Error::other("nothing is given any more"));
    }
    Ok(())
}

//! A bad network between two programs on one machine: latency, stalls, cuts, flipped bits, little bandwidth.
//!
//! A line holds what is on its way as a real one does: pieces follow one another without waiting for the one before to
//! arrive, and what a narrow line has not sent yet waits in front of it, in a buffer of a second or so.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Bytes taken from a socket at a time.
const PIECE_BYTES: usize = 16 * 1024;
/// Bytes of a line without a limit that may be on their way at a time.
const ON_ITS_WAY_BYTES_MAX: usize = 1024 * 1024;
/// Least bytes that wait in front of a narrow line.
const ON_ITS_WAY_BYTES_MIN: usize = 2 * 1024;

/// What the network does to what passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// Added to each piece, each way.
    pub latency: Duration,
    /// Nothing passes, and nobody is told: a half-open link.
    pub stalled: bool,
    /// Nobody new gets through.
    pub refusing: bool,
    /// Bytes per second each way; 0: no limit.
    pub bandwidth_bytes_s: u64,
    /// This many of the next pieces have a bit flipped.
    pub corrupt_pieces: u32,
}

impl Weather {
    /// Bytes that are taken before earlier ones have arrived: a second's worth of a narrow line.
    fn on_its_way_bytes_max(&self) -> usize {
        match usize::try_from(self.bandwidth_bytes_s).unwrap_or(usize::MAX) {
            0 => ON_ITS_WAY_BYTES_MAX,
            bytes_s => bytes_s.clamp(ON_ITS_WAY_BYTES_MIN, ON_ITS_WAY_BYTES_MAX),
        }
    }
}

/// What has passed so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// From clients to the server.
    pub up_bytes: u64,
    /// From the server to clients.
    pub down_bytes: u64,
    /// Connections that got through.
    pub connections: u64,
}

/// Stands between a client and a server. Dropping it cuts everything.
#[derive(Debug)]
pub struct ChaosProxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    ended: AtomicBool,
    up_bytes: AtomicU64,
    down_bytes: AtomicU64,
    connections: AtomicU64,
}

#[derive(Debug)]
struct State {
    upstream: SocketAddr,
    weather: Weather,
    connections: Vec<TcpStream>,
}

/// One direction of a connection.
#[derive(Debug, Default)]
struct Way {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    pieces: VecDeque<(Instant, Vec<u8>)>,
    bytes: usize,
    /// When the line has sent everything that waits in front of it.
    free_at: Option<Instant>,
    ended: bool,
}

impl ChaosProxy {
    /// Listens on a free port of this machine and passes everything on to `upstream`.
    pub fn to(upstream: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            state: Mutex::new(State { upstream, weather: Weather::default(), connections: Vec::new() }),
            changed: Condvar::new(),
            ended: AtomicBool::new(false),
            up_bytes: AtomicU64::new(0),
            down_bytes: AtomicU64::new(0),
            connections: AtomicU64::new(0),
        });
        let of_thread = shared.clone();
        let acceptor = std::thread::spawn(move || accept(&listener, &of_thread));
        Ok(Self { shared, address, acceptor: Some(acceptor) })
    }

    /// Where to connect instead of to the server.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the weather for what passes from now on.
    pub fn set(&self, weather: Weather) {
        self.shared.locked().weather = weather;
        self.shared.changed.notify_all();
    }

    /// The server has moved. Standing connections stay with the old one.
    pub fn set_upstream(&self, upstream: SocketAddr) {
        self.shared.locked().upstream = upstream;
    }

    /// Cuts every standing connection, both ways.
    pub fn cut(&self) {
        for connection in self.shared.locked().connections.drain(..) {
            // It may be gone already.
            let _ = connection.shutdown(Shutdown::Both);
        }
        self.shared.changed.notify_all();
    }

    /// Bytes that passed so far, both ways together.
    pub fn passed_bytes(&self) -> u64 {
        let passed = self.passed();
        passed.up_bytes + passed.down_bytes
    }

    /// What passed so far.
    pub fn passed(&self) -> Passed {
        let Shared { up_bytes, down_bytes, connections, .. } = &*self.shared;
        Passed {
            up_bytes: up_bytes.load(Ordering::SeqCst),
            down_bytes: down_bytes.load(Ordering::SeqCst),
            connections: connections.load(Ordering::SeqCst),
        }
    }
}

impl Drop for ChaosProxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.cut();
        // Wakes the acceptor, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

impl Shared {
    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// Holds a piece back until its time has come and the line is not stalled; true when it is to be damaged.
    fn hold_back(&self, until: Instant) -> bool {
        let wait = until.saturating_duration_since(Instant::now());
        let state = self.locked();
        let (state, _) = self
            .changed
            .wait_timeout_while(state, wait, |_| !self.has_ended())
            .unwrap_or_else(PoisonError::into_inner);
        let mut state = self
            .changed
            .wait_while(state, |state| state.weather.stalled && !self.has_ended())
            .unwrap_or_else(PoisonError::into_inner);
        let damaged = state.weather.corrupt_pieces > 0;
        state.weather.corrupt_pieces = state.weather.corrupt_pieces.saturating_sub(1);
        damaged
    }
}

impl Way {
    fn locked(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a piece on its way, when those before it have made room. False when nobody takes it.
    fn put(&self, piece: Vec<u8>, weather: Weather) -> bool {
        let most = weather.on_its_way_bytes_max();
        let full = |queue: &mut Queue| queue.bytes > 0 && queue.bytes + piece.len() > most && !queue.ended;
        let mut queue = self.changed.wait_while(self.locked(), full).unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let mut sent_at = queue.free_at.map_or(now, |at| at.max(now));
        if weather.bandwidth_bytes_s > 0 {
            sent_at += Duration::from_secs_f64(piece.len() as f64 / weather.bandwidth_bytes_s as f64);
        }
        queue.free_at = Some(sent_at);
        queue.bytes += piece.len();
        queue.pieces.push_back((sent_at + weather.latency, piece));
        self.changed.notify_all();
        !queue.ended
    }

    /// The next piece and when it arrives; `None` at the end.
    fn next(&self) -> Option<(Instant, Vec<u8>)> {
        let waits = |queue: &mut Queue| queue.pieces.is_empty() && !queue.ended;
        let mut queue = self.changed.wait_while(self.locked(), waits).unwrap_or_else(PoisonError::into_inner);
        queue.pieces.pop_front()
    }

    /// A piece has arrived.
    fn arrived(&self, bytes: usize) {
        self.locked().bytes -= bytes;
        self.changed.notify_all();
    }

    fn end(&self) {
        self.locked().ended = true;
        self.changed.notify_all();
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    while let Ok((client, _)) = listener.accept() {
        if shared.has_ended() {
            break;
        }
        let mut state = shared.locked();
        if state.weather.refusing {
            continue;
        }
        let Ok(server) = TcpStream::connect(state.upstream) else { continue };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        if state.weather.bandwidth_bytes_s > 0 {
            // Without this the system would take megabytes in front of a line of a kilobyte a second.
            let bytes = state.weather.on_its_way_bytes_max();
            for end in [&client, &server] {
                let _ = rustix::net::sockopt::set_socket_recv_buffer_size(end, bytes);
            }
        }
        let ends = [client.try_clone(), server.try_clone(), client.try_clone(), server.try_clone()];
        let [Ok(client_in), Ok(server_out), Ok(client_out), Ok(server_in)] = ends else { continue };
        state.connections.extend([client, server]);
        drop(state);
        shared.connections.fetch_add(1, Ordering::SeqCst);
        for (from, to, up) in [(client_in, server_out, true), (server_in, client_out, false)] {
            let way = Arc::new(Way::default());
            let (of_reader, shared_of_reader) = (way.clone(), shared.clone());
            std::thread::spawn(move || take_up(from, &of_reader, &shared_of_reader));
            let shared = shared.clone();
            std::thread::spawn(move || set_down(to, &way, &shared, up));
        }
    }
}

/// Reads what somebody sends, as far as the line takes it.
fn take_up(mut from: TcpStream, way: &Way, shared: &Shared) {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let weather = shared.locked().weather;
        let most = weather.on_its_way_bytes_max().min(PIECE_BYTES);
        let Ok(bytes @ 1..) = from.read(&mut piece[..most]) else { break };
        if !way.put(piece[..bytes].to_vec(), weather) {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Read);
    way.end();
}

/// Writes it at the other end when its time has come.
fn set_down(mut to: TcpStream, way: &Way, shared: &Shared, up: bool) {
    while let Some((at, mut piece)) = way.next() {
        if shared.hold_back(at) {
            let middle = piece.len() / 2;
            piece[middle] ^= 0x20;
        }
        let counter = if up { &shared.up_bytes } else { &shared.down_bytes };
        counter.fetch_add(piece.len() as u64, Ordering::SeqCst);
        way.arrived(piece.len());
        if to.write_all(&piece).is_err() {
            break;
        }
    }
    way.end();
    let _ = to.shutdown(Shutdown::Both);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends back what it gets.
    fn echo() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                std::thread::spawn(move || {
                    let mut bytes = [0; 1024];
                    while let Ok(read @ 1..) = stream.read(&mut bytes) {
                        stream.write_all(&bytes[..read]).unwrap();
                    }
                });
            }
        });
        address
    }

    fn say(stream: &mut TcpStream, said: &[u8]) -> std::io::Result<Vec<u8>> {
        stream.write_all(said)?;
        let mut heard = vec![0; said.len()];
        stream.read_exact(&mut heard)?;
        Ok(heard)
    }

    #[test]
    fn fine_weather_changes_nothing_and_a_flipped_bit_changes_one() {
        let proxy = ChaosProxy::to(echo()).unwrap();
        let mut stream = TcpStream::connect(proxy.address()).unwrap();
        assert_eq!(say(&mut stream, b"0123456789").unwrap(), b"0123456789");
        proxy.set(Weather { corrupt_pieces: 1, ..Weather::default() });
        let heard = say(&mut stream, b"0123456789").unwrap();
        assert_eq!(heard.iter().zip(b"0123456789").filter(|(a, b)| a != b).count(), 1);
        assert_eq!(say(&mut stream, b"ok").unwrap(), b"ok");
        assert_eq!(proxy.passed_bytes(), 44);
    }

    #[test]
    fn a_stalled_link_says_nothing_until_it_is_fine_again() {
        let proxy = ChaosProxy::to(echo()).unwrap();
        let mut stream = TcpStream::connect(proxy.address()).unwrap();
        say(&mut stream, b"up").unwrap();
        proxy.set(Weather { stalled: true, ..Weather::default() });
        stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        stream.write_all(b"anybody?").unwrap();
        assert!(stream.read(&mut [0; 8]).is_err(), "no answer, and no end either");
        proxy.set(Weather::default());
        stream.set_read_timeout(None).unwrap();
        let mut heard = [0; 8];
        stream.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"anybody?");
    }

    #[test]
    fn a_cut_ends_standing_connections_and_refusing_keeps_new_ones_out() {
        let proxy = ChaosProxy::to(echo()).unwrap();
        let mut stream = TcpStream::connect(proxy.address()).unwrap();
        say(&mut stream, b"up").unwrap();
        proxy.cut();
        assert!(say(&mut stream, b"down").is_err());
        proxy.set(Weather { refusing: true, ..Weather::default() });
        let mut refused = TcpStream::connect(proxy.address()).unwrap();
        assert!(say(&mut refused, b"hello").is_err());
        proxy.set(Weather::default());
        assert_eq!(say(&mut TcpStream::connect(proxy.address()).unwrap(), b"hi").unwrap(), b"hi");
    }
}

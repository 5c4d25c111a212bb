//! A bad network between two programs on one machine: latency, stalls, cuts, flipped bits, little bandwidth.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Bytes taken from a socket at a time.
const PIECE_BYTES: usize = 16 * 1024;

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
    passed_bytes: AtomicU64,
}

#[derive(Debug)]
struct State {
    upstream: SocketAddr,
    weather: Weather,
    connections: Vec<TcpStream>,
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
            passed_bytes: AtomicU64::new(0),
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
        self.shared.passed_bytes.load(Ordering::SeqCst)
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

    /// Holds a piece back as long as the weather says; true when it is to be damaged.
    fn pass(&self, bytes: usize) -> bool {
        let weather = self.locked().weather;
        let mut wait = weather.latency;
        if weather.bandwidth_bytes_s > 0 {
            wait += Duration::from_secs_f64(bytes as f64 / weather.bandwidth_bytes_s as f64);
        }
        let state = self.locked();
        let (state, _) = self
            .changed
            .wait_timeout_while(state, wait, |_| !self.ended.load(Ordering::SeqCst))
            .unwrap_or_else(PoisonError::into_inner);
        let mut state = self
            .changed
            .wait_while(state, |state| state.weather.stalled && !self.ended.load(Ordering::SeqCst))
            .unwrap_or_else(PoisonError::into_inner);
        let damaged = state.weather.corrupt_pieces > 0;
        state.weather.corrupt_pieces = state.weather.corrupt_pieces.saturating_sub(1);
        self.passed_bytes.fetch_add(bytes as u64, Ordering::SeqCst);
        damaged
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    while let Ok((client, _)) = listener.accept() {
        if shared.ended.load(Ordering::SeqCst) {
            break;
        }
        let mut state = shared.locked();
        if state.weather.refusing {
            continue;
        }
        let Ok(server) = TcpStream::connect(state.upstream) else { continue };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let ends = [client.try_clone(), server.try_clone(), client.try_clone(), server.try_clone()];
        let [Ok(client_in), Ok(server_out), Ok(client_out), Ok(server_in)] = ends else { continue };
        state.connections.extend([client, server]);
        drop(state);
        for (from, to) in [(client_in, server_out), (server_in, client_out)] {
            let shared = shared.clone();
            std::thread::spawn(move || pump(from, to, &shared));
        }
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream, shared: &Shared) {
    let mut piece = vec![0; PIECE_BYTES];
    while let Ok(bytes) = from.read(&mut piece) {
        if bytes == 0 {
            break;
        }
        if shared.pass(bytes) {
            piece[bytes / 2] ^= 0x20;
        }
        if to.write_all(&piece[..bytes]).is_err() {
            break;
        }
    }
    let _ = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
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

//! A small web server for tools that fetch ranges of a file over HTTP. It counts every byte both ways and every request.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use anyhow::{Context, Result};

/// Bytes of the head of a request.
const HEAD_BYTES_MAX: u64 = 64 * 1024;
/// Between the parts of an answer with several ranges.
const BOUNDARY: &str = "pingfeng-bench-part";

/// Serves the files of a folder until it is dropped.
pub(super) struct Web {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    folder: PathBuf,
    bytes: AtomicU64,
    requests: AtomicU64,
    ended: AtomicBool,
}

impl Web {
    pub(super) fn serve(folder: &Path) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port on this machine")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            bytes: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            ended: AtomicBool::new(false),
        });
        let of_thread = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if of_thread.ended.load(Ordering::SeqCst) {
                    break;
                }
                let shared = of_thread.clone();
                // A client that goes away ends its own connection and nothing else.
                std::thread::spawn(move || drop(shared.serve(stream)));
            }
        });
        Ok(Self { address, shared })
    }

    pub(super) fn url(&self, file: &str) -> String {
        format!("http://{}/{file}", self.address)
    }

    /// Bytes both ways and requests so far.
    pub(super) fn counted(&self) -> (u64, u64) {
        (self.shared.bytes.load(Ordering::SeqCst), self.shared.requests.load(Ordering::SeqCst))
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // Wakes the listener, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut write = stream.try_clone()?;
        let mut read = BufReader::new(stream);
        loop {
            let (mut path, mut range, mut close, mut head_bytes) = (None, None, false, 0);
            loop {
                let mut line = String::new();
                let bytes = read.by_ref().take(HEAD_BYTES_MAX - head_bytes).read_line(&mut line)? as u64;
                if bytes == 0 {
                    return Ok(());
                }
                head_bytes += bytes;
                let line = line.trim_end();
                if line.is_empty() {
                    break;
                }
                if path.is_none() {
                    path = line.split(' ').nth(1).map(|path| path.trim_start_matches('/').to_owned());
                    close = line.ends_with("HTTP/1.0");
                } else if let Some((name, value)) = line.split_once(':') {
                    let value = value.trim();
                    match name.to_ascii_lowercase().as_str() {
                        "range" => range = Some(value.to_owned()),
                        "connection" => close |= value.eq_ignore_ascii_case("close"),
                        _ => {}
                    }
                }
            }
            self.requests.fetch_add(1, Ordering::SeqCst);
            self.bytes.fetch_add(head_bytes, Ordering::SeqCst);
            let sent = self.answer(&path.unwrap_or_default(), range.as_deref(), &mut write)?;
            self.bytes.fetch_add(sent, Ordering::SeqCst);
            if close {
                return write.shutdown(Shutdown::Both);
            }
        }
    }

    fn answer(&self, path: &str, range: Option<&str>, to: &mut TcpStream) -> io::Result<u64> {
        let file = match File::open(self.folder.join(path)) {
            Ok(file) if !path.contains("..") => file,
            _ => return write(to, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
        };
        let len = file.metadata()?.len();
        let ranges = match range.map(|range| parse(range, len)) {
            None => return Ok(whole(to, &file, len)?),
            Some(Some(ranges)) => ranges,
            Some(None) => return write(to, b"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n"),
        };
        let piece = |(from, to): (u64, u64)| -> io::Result<Vec<u8>> {
            let mut bytes = vec![0; usize::try_from(to - from + 1).map_err(io::Error::other)?];
            file.read_exact_at(&mut bytes, from)?;
            Ok(bytes)
        };
        let (kind, body) = match ranges.as_slice() {
            [only] => (format!("Content-Range: bytes {}-{}/{len}", only.0, only.1), piece(*only)?),
            several => {
                let mut body = Vec::new();
                for range in several {
                    let head = format!("\r\n--{BOUNDARY}\r\nContent-Range: bytes {}-{}/{len}\r\n\r\n", range.0, range.1);
                    body.extend_from_slice(head.as_bytes());
                    body.extend(piece(*range)?);
                }
                body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
                (format!("Content-Type: multipart/byteranges; boundary={BOUNDARY}"), body)
            }
        };
        let head = format!("HTTP/1.1 206 Partial Content\r\n{kind}\r\nContent-Length: {}\r\n\r\n", body.len());
        Ok(write(to, head.as_bytes())? + write(to, &body)?)
    }
}

fn write(to: &mut TcpStream, bytes: &[u8]) -> io::Result<u64> {
    to.write_all(bytes)?;
    Ok(bytes.len() as u64)
}

fn whole(to: &mut TcpStream, file: &File, len: u64) -> io::Result<u64> {
    let head = write(to, format!("HTTP/1.1 200 OK\r\nContent-Length: {len}\r\n\r\n").as_bytes())?;
    Ok(head + io::copy(&mut &*file, to)?)
}

/// First and last byte of each range; `None` when one cannot be.
fn parse(range: &str, len: u64) -> Option<Vec<(u64, u64)>> {
    let ranges = range.strip_prefix("bytes=")?.split(',').map(|range| {
        let (from, to) = range.trim().split_once('-')?;
        let from: u64 = from.parse().ok()?;
        let to: u64 = if to.is_empty() { len.checked_sub(1)? } else { to.parse().ok()? };
        let to = to.min(len.checked_sub(1)?);
        (from <= to).then_some((from, to))
    });
    ranges.collect()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn ranges_are_inside_the_file() {
        assert_eq!(parse("bytes=0-4,90-200", 100).unwrap(), [(0, 4), (90, 99)]);
        assert_eq!(parse("bytes=95-", 100).unwrap(), [(95, 99)]);
        assert!(parse("bytes=100-120", 100).is_none());
        assert!(parse("bytes=5-2", 100).is_none());
        assert!(parse("lines=1-2", 100).is_none());
    }
}

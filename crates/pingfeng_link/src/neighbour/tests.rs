//! Two devices of a site, and those that are none.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::thread;

use openssl::ssl::Ssl;
use pingfeng_release::chunk::{self, ChunkName, Grain};
use pingfeng_release::store::{Plan, RealDisk, Store, StoreOptions, Wanted};
use pingfeng_release::{EXHIBITION_FILE, FileEntry, Manifest, PICTURES_FILE, parcel};

use super::*;
use crate::machine::TransferError;

const HERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn key(of: u8) -> String {
    openssl::base64::encode_block(&[of; KEY_BYTES])
}

/// A store with a release on it, and the pieces of that release.
fn stocked(folder: &Path) -> (Store, HashMap<ChunkName, Vec<u8>>) {
    let film: Vec<u8> = (0..40_000_u32).flat_map(|n| ChunkName::of(&n.to_le_bytes()).0).take(900_000).collect();
    let files =
        [(EXHIBITION_FILE, b"{}".to_vec()), (PICTURES_FILE, b"{\"pictures\":{}}".to_vec()), ("films/a.mp4", film)];
    let listed = files.iter().map(|(path, bytes)| ((*path).to_owned(), FileEntry::of(path, bytes))).collect();
    let manifest = serde_json::to_vec(&Manifest::of("sample", 1, 0, listed)).unwrap();
    let mut pieces = HashMap::new();
    let mut give = |piece: chunk::Piece<'_>| {
        pieces.insert(piece.name, piece.bytes.to_vec());
        Ok(())
    };
    chunk::cut(manifest.as_slice(), Grain::Fine, &mut give).unwrap();
    for (path, bytes) in &files {
        chunk::cut(bytes.as_slice(), Grain::of(path), &mut give).unwrap();
    }
    let mut store = Store::open(folder, StoreOptions { reserve_bytes: 0 }, Arc::new(RealDisk)).unwrap();
    let wanted = Wanted::of(&manifest);
    loop {
        match store.plan(&wanted).unwrap() {
            Plan::Working { .. } => {}
            Plan::Missing(missing) => {
                store.take_pieces(missing.iter().map(|entry| pieces[&entry.name].clone()).collect()).unwrap();
            }
            Plan::Complete => break,
        }
    }
    store.stage(&wanted.release).unwrap();
    (store, pieces)
}

/// Asks and returns the pieces that came.
fn asked(address: SocketAddr, key: &str, names: &[ChunkName]) -> (Vec<Vec<u8>>, Result<(), TransferError>) {
    let mut pieces = Vec::new();
    let result = ask(address, key, names, &mut |parcel| {
        pieces.extend(parcel::unpack(&parcel).unwrap());
        true
    });
    (pieces, result)
}

#[test]
fn a_neighbour_gives_what_it_has_and_says_nothing_of_what_it_has_not() {
    let folder = tempfile::tempdir().unwrap();
    let (store, pieces) = stocked(folder.path());
    let server = Server::start(HERE, &SiteKey::read(&key(1)).unwrap(), Arc::new(store.larder().unwrap())).unwrap();
    let mut names: Vec<_> = pieces.keys().copied().collect();
    names.push(ChunkName::of(b"of another release"));
    names.push(names[0]);
    let (came, result) = asked(server.address(), &key(1), &names);
    assert_eq!(result, Ok(()));
    assert_eq!(came.len(), pieces.len(), "each once");
    assert!(came.iter().all(|piece| pieces[&ChunkName::of(piece)] == *piece));
    assert_eq!(asked(server.address(), &key(1), &[]), (Vec::new(), Ok(())));
}

#[test]
fn who_has_not_the_key_of_the_site_is_told_nothing_on_either_side() {
    let folder = tempfile::tempdir().unwrap();
    let (store, pieces) = stocked(folder.path());
    let server = Server::start(HERE, &SiteKey::read(&key(1)).unwrap(), Arc::new(store.larder().unwrap())).unwrap();
    let names: Vec<_> = pieces.keys().copied().collect();
    let (came, result) = asked(server.address(), &key(2), &names);
    assert!(came.is_empty() && matches!(result, Err(TransferError::Broken(_))), "{result:?}");
    let (_, result) = asked(server.address(), "no key", &names);
    assert!(matches!(result, Err(TransferError::Refused(_))), "{result:?}");
    // Whoever speaks without TLS hears nothing that is ours.
    let mut stream = std::net::TcpStream::connect(server.address()).unwrap();
    stream.write_all(&[0; 64]).unwrap();
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard);
    assert!(heard.len() < 16, "{heard:?}");
    let (came, _) = asked(server.address(), &key(1), &names);
    assert_eq!(came.len(), pieces.len(), "the others are served as before");
}

/// A neighbour with the right key that answers with these bytes.
fn answers_with(answer: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind(HERE).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let context = SiteKey::read(&key(1)).unwrap().context(Role::Gives).unwrap();
        let (stream, _) = listener.accept().unwrap();
        let mut stream = Ssl::new(&context).unwrap().accept(stream).unwrap();
        let mut question = [0; 4 + 32];
        stream.read_exact(&mut question).unwrap();
        let _ = stream.write_all(&answer);
        let _ = stream.shutdown();
    });
    address
}

fn row(pieces: &[&[u8]]) -> Vec<u8> {
    let parcel = parcel::pack(pieces.iter().copied()).unwrap();
    [&parcel::row_header(&parcel)[..], &parcel, &parcel::ROW_END].concat()
}

#[test]
fn what_was_not_asked_for_is_wrong_and_not_given_on() {
    let right = b"what was asked for";
    let name = [ChunkName::of(right)];
    let mut flipped = right.to_vec();
    flipped[3] ^= 1;
    let cut_off = row(&[right])[..10].to_vec();
    for (what, answer, wrong) in [
        ("a flipped bit", row(&[&flipped]), true),
        ("something else besides", row(&[right, b"something else"]), true),
        ("twice the same", row(&[right, right]), true),
        ("no parcel", [&3_u32.to_le_bytes()[..], b"???", &parcel::ROW_END].concat(), true),
        ("longer than any parcel", u32::MAX.to_le_bytes().to_vec(), false),
        ("cut off", cut_off, false),
        ("nothing", Vec::new(), false),
    ] {
        let (came, result) = asked(answers_with(answer), &key(1), &name);
        assert!(came.is_empty(), "{what}");
        let is_wrong = matches!(result, Err(TransferError::Wrong(_)));
        assert!(result.is_err() && is_wrong == wrong, "{what}: {result:?}");
    }
    assert_eq!(asked(answers_with(row(&[right])), &key(1), &name), (vec![right.to_vec()], Ok(())));
}

#[test]
fn a_few_are_served_at_a_time_and_nobody_after_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let (store, pieces) = stocked(folder.path());
    let server = Server::start(HERE, &SiteKey::read(&key(1)).unwrap(), Arc::new(store.larder().unwrap())).unwrap();
    let address = server.address();
    // They hold their places without a word.
    let silent: Vec<_> = (0..3).map(|_| std::net::TcpStream::connect(address).unwrap()).collect();
    let names: Vec<_> = pieces.keys().copied().collect();
    let (came, result) = asked(address, &key(1), &names);
    assert!(came.is_empty() && result.is_err(), "sent away");
    drop(silent);
    // Their places are free as soon as the server has noticed.
    let served = (0..100).any(|_| asked(address, &key(1), &names).1.is_ok());
    assert!(served);
    drop(server);
    assert!(asked(address, &key(1), &names).1.is_err());
}

#[test]
fn tags_tell_sites_and_releases_apart_and_nothing_else() {
    let (one, two) = (SiteKey::read(&key(1)).unwrap(), SiteKey::read(&key(2)).unwrap());
    let release = |of: &str| BlobHash::of(of.as_bytes());
    assert_eq!(one.site_tag().unwrap(), SiteKey::read(&key(1)).unwrap().site_tag().unwrap());
    assert_ne!(one.site_tag().unwrap(), two.site_tag().unwrap());
    assert_ne!(one.release_tag(&release("a")).unwrap(), one.release_tag(&release("b")).unwrap());
    assert_ne!(one.release_tag(&release("a")).unwrap(), two.release_tag(&release("a")).unwrap());
    assert_eq!(one.site_tag().unwrap().len(), 2 * TAG_BYTES);
    for none in ["", "展厅", "AAAA", &openssl::base64::encode_block(&[0; 31])] {
        assert!(SiteKey::read(none).is_none(), "{none}");
    }
}

#[test]
fn devices_find_each_other_by_multicast_where_the_network_carries_it() {
    let (one, two) = (Lan::default(), Lan::default());
    let announcement = Announcement { port: 4_711, site: "0a0b".into(), has: vec!["0c0d".into(), "0e0f".into()] };
    one.announce(&announcement);
    let found = (0..200).find_map(|_| {
        let found = two.look().into_iter().find(|seen| seen.site == announcement.site);
        if found.is_none() {
            thread::park_timeout(Duration::from_millis(20));
        }
        found
    });
    // A machine with no network but its own has no multicast: there is nothing to be found, and nothing fails.
    if let Some(seen) = found {
        assert_eq!((seen.address.port(), &seen.has), (4_711, &announcement.has));
        assert!(one.look().iter().all(|other| other.id != seen.id), "not itself");
    } else {
        println!("no multicast on this machine");
    }
}

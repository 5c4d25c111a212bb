//! Releases as one file: the same bytes twice, whole again afterwards, and never believed.

use std::{fs, path::Path};

use pingfeng_release::{
    Built, DirSink,
    pack::{self, Cost, Cuttings, Pack},
    store::OpenRelease,
};

use crate::sample;

struct Kept {
    built: Built,
    release: OpenRelease,
}

fn build(folder: &Path, work: &Path, version: u64) -> Kept {
    let blobs = work.join("blobs");
    let built = sample::build_into(folder, &work.join("cache"), &blobs, version).unwrap();
    let release = OpenRelease::over(&blobs, built.id.clone(), built.manifest.clone());
    Kept { built, release }
}

fn packed(kept: &Kept) -> Vec<u8> {
    let mut bytes = Vec::new();
    let sums = pack::pack(&kept.release, &kept.built.manifest_bytes, &mut bytes, &mut |_| {}).unwrap();
    assert_eq!(sums.pack_bytes, bytes.len() as u64);
    bytes
}

fn opened(work: &Path, bytes: &[u8]) -> Result<Pack, pack::PackError> {
    let path = work.join("release.pfr");
    fs::write(&path, bytes).unwrap();
    Pack::open(&path)
}

/// An exhibition with noise for a film's weight, so that chunks of media are there too.
fn weighty(folder: &Path) {
    sample::write(folder);
    let sound: Vec<u8> = wav(400_000);
    fs::write(folder.join("bell.wav"), sound).unwrap();
    let media = fs::read_to_string(folder.join("media.yaml")).unwrap();
    fs::write(
        folder.join("media.yaml"),
        media + "  bell:\n    type: sound\n    file: bell.wav\n    alt: 钟\n    credit: 屏风\n    licence: made for this project\n",
    )
    .unwrap();
}

/// Eight bits, one channel.
fn wav(samples: u32) -> Vec<u8> {
    let mut noise = vec![0; samples as usize];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + samples).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(8_000_u32.to_le_bytes());
    bytes.extend(8_000_u32.to_le_bytes());
    bytes.extend([1, 0, 8, 0]);
    bytes.extend(b"data");
    bytes.extend(samples.to_le_bytes());
    bytes.extend(noise);
    bytes
}

#[test]
fn a_release_is_packed_into_the_same_bytes_twice_and_comes_out_whole() {
    let (folder, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    weighty(folder.path());
    let kept = build(folder.path(), work.path(), 3);
    let bytes = packed(&kept);
    let other = tempfile::tempdir().unwrap();
    assert!(packed(&build(folder.path(), other.path(), 3)) == bytes, "the same folder gave another pack");

    let pack = opened(work.path(), &bytes).unwrap();
    assert_eq!((pack.release(), pack.manifest().unwrap().1), (&kept.built.id, kept.built.manifest_bytes.clone()));
    assert!(pack.verify(&mut |_| {}).unwrap().is_empty());
    let out = work.path().join("unpacked");
    assert_eq!(pack.unpack(&mut DirSink::new(&out), &mut |_| {}).unwrap(), kept.built.manifest);
    let again = OpenRelease::over(&out, kept.built.id.clone(), kept.built.manifest.clone());
    for file in kept.built.manifest.files.keys() {
        assert!(again.read(file).unwrap() == kept.release.read(file).unwrap(), "{file}");
    }
}

#[test]
fn who_has_the_release_before_fetches_little() {
    let (folder, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    weighty(folder.path());
    let before = build(folder.path(), work.path(), 1);
    let have = Cuttings::of_release(&before.release, &before.built.manifest_bytes).unwrap();
    let same = opened(work.path(), &packed(&before)).unwrap();
    assert_eq!(pack::cost(&same, &have).unwrap(), Cost::default());

    sample::edit(folder.path(), "scenes/one.yaml", "一幅画。", "两幅画。");
    let after = build(folder.path(), work.path(), 2);
    let pack = opened(work.path(), &packed(&after)).unwrap();
    let cost = pack::cost(&pack, &have).unwrap();
    assert!(cost.stored_bytes < 8_000, "one word cost {cost:?}");
    assert!(cost.rounds <= 6, "{cost:?}");
    let nothing = pack::cost(&pack, &Cuttings::default()).unwrap();
    assert!(nothing.stored_bytes > 300_000 && nothing.pieces as usize == pack.pieces(), "{nothing:?}");
}

#[test]
fn a_damaged_pack_is_found_out_wherever_it_is_damaged() {
    let (folder, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    sample::write(folder.path());
    let bytes = packed(&build(folder.path(), work.path(), 1));
    let step = (bytes.len() / 400).max(1);
    let places: Vec<usize> = (0..bytes.len()).step_by(step).chain(bytes.len() - 200..bytes.len()).collect();
    let mut harmless = 0;
    for &at in &places {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x40;
        let found = match opened(work.path(), &damaged) {
            Err(_) => true,
            Ok(pack) => pack.verify(&mut |_| {}).map_or(true, |bad| !bad.is_empty()),
        };
        // zstd has bits that change nothing. Every file was put together and has its hash all the same.
        harmless += usize::from(!found);
        assert!(found || at < bytes.len() - 136, "byte {at} of the footer may change unnoticed");
    }
    assert!(harmless * 50 < places.len(), "{harmless} of {} changes went unnoticed", places.len());
    for len in (0..bytes.len()).step_by(step) {
        assert!(opened(work.path(), &bytes[..len]).is_err(), "{len} bytes were taken for a pack");
    }
}

#[test]
fn a_pack_of_another_release_is_not_what_it_says() {
    let (folder, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    sample::write(folder.path());
    let kept = build(folder.path(), work.path(), 1);
    let mut bytes = packed(&kept);
    let at = bytes.len() - 136;
    bytes[at..at + 32].copy_from_slice(&[7; 32]);
    let error = opened(work.path(), &bytes).unwrap().manifest().unwrap_err();
    assert!(matches!(error, pack::PackError::OtherManifest(_)), "{error}");
    // Claims that would take memory are refused before any is taken.
    for (field, claim) in [(32, u64::MAX), (80, u64::MAX), (88, u64::MAX), (88, pack::PIECES_MAX + 1), (80, 0)] {
        let mut lying = packed(&kept);
        lying[at + field..at + field + 8].copy_from_slice(&claim.to_le_bytes());
        assert!(opened(work.path(), &lying).is_err());
    }
}

#[test]
fn a_release_without_chunks_says_so() {
    let (folder, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    sample::write(folder.path());
    let kept = build(folder.path(), work.path(), 0);
    let error = pack::pack(&kept.release, &kept.built.manifest_bytes, Vec::new(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, pack::PackError::NoTree(_)), "{error}");
}

//! The store over every step of an activation, and over damage.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use super::fault::{FaultDisk, Survives};
use super::*;
use crate::{EXHIBITION_FILE, FileEntry, PICTURES_FILE};

/// A release as the hub holds it.
struct Made {
    id: BlobHash,
    manifest_bytes: Vec<u8>,
    blobs: BTreeMap<BlobHash, Vec<u8>>,
}

/// A release of three files; `film` and the pictures are shared between versions, the documents are not.
fn made(version: u64) -> Made {
    let film: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
    made_of(
        version,
        [
            (EXHIBITION_FILE, format!("version {version}").into_bytes()),
            (PICTURES_FILE, b"{}".to_vec()),
            ("films/a.mp4", film),
        ],
    )
}

fn made_of<const N: usize>(version: u64, files: [(&str, Vec<u8>); N]) -> Made {
    let mut blobs = BTreeMap::new();
    let mut listed = BTreeMap::new();
    for (path, bytes) in files {
        let blob = BlobHash::of(&bytes);
        listed.insert(path.to_owned(), FileEntry::of(path, &bytes));
        blobs.insert(blob, bytes);
    }
    let manifest = Manifest { format: 1, exhibition: "party-history".into(), version, created_at_ms: 0, files: listed };
    let manifest_bytes = serde_json::to_vec(&manifest).unwrap();
    Made { id: BlobHash::of(&manifest_bytes), manifest_bytes, blobs }
}

impl Made {
    fn bytes_of(&self, blob: &BlobHash) -> &[u8] {
        if *blob == self.id { &self.manifest_bytes } else { &self.blobs[blob] }
    }

    fn plan(&self, store: &mut Store) -> Result<Plan, PlanError> {
        store.plan(&self.id, self.manifest_bytes.len() as u64)
    }

    /// Fetches whatever is missing and stages it.
    fn fetch(&self, store: &mut Store) -> Result<OpenRelease, Box<dyn std::error::Error>> {
        loop {
            let plan = self.plan(store)?;
            if plan.missing.is_empty() {
                return Ok(store.stage(&self.id)?);
            }
            for missing in plan.missing {
                let bytes = self.bytes_of(&missing.blob);
                let mut offset = missing.have_bytes as usize;
                loop {
                    let piece = &bytes[offset..bytes.len().min(offset + RESUME_BYTES as usize)];
                    match store.write_chunk(&missing.blob, missing.size_bytes, offset as u64, piece)? {
                        Written::More { next_offset } => offset = next_offset as usize,
                        Written::Whole => break,
                    }
                }
            }
        }
    }

    fn show(&self, store: &mut Store) {
        self.fetch(store).unwrap();
        store.activate(&self.id, 1).unwrap();
        store.confirm().unwrap();
    }
}

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn open(&self) -> Store {
        self.open_on(Arc::new(RealDisk)).unwrap()
    }

    fn open_on(&self, disk: Arc<dyn Disk>) -> Result<Store, OpenError> {
        Store::open(self.folder.path(), StoreOptions { reserve_bytes: 0 }, disk)
    }

    fn blob(&self, blob: &BlobHash) -> PathBuf {
        view::blob_path(&self.folder.path().join("blobs"), blob)
    }
}

fn active_version(store: &Store) -> Option<u64> {
    store.active().map(|release| release.manifest().version)
}

/// Every file of what is active has the bytes that its manifest promises.
#[track_caller]
fn assert_whole(release: &OpenRelease) {
    for file in release.manifest().files.keys() {
        release.read(file).unwrap();
    }
}

#[test]
fn a_release_is_fetched_staged_activated_and_confirmed() {
    let bench = Bench::new();
    let (old, new) = (made(1), made(2));
    let mut store = bench.open();
    assert!(store.active().is_none());
    old.show(&mut store);
    new.show(&mut store);
    assert_eq!(active_version(&store), Some(2));
    assert_eq!(store.pointer().previous, Some(old.id));
    assert_whole(store.active().unwrap());
    drop(store);
    assert_eq!(active_version(&bench.open()), Some(2));
    assert_eq!(Store::peek(bench.folder.path()).unwrap().unwrap().id(), &new.id);
}

#[test]
fn only_blobs_that_changed_are_planned() {
    let bench = Bench::new();
    let mut store = bench.open();
    made(1).show(&mut store);
    let new = made(2);
    let plan = new.plan(&mut store).unwrap();
    assert!(plan.manifest_missing);
    store.write_chunk(&new.id, new.manifest_bytes.len() as u64, 0, &new.manifest_bytes).unwrap();
    let plan = new.plan(&mut store).unwrap();
    assert_eq!(plan.missing_bytes(), "version 2".len() as u64);
}

/// The central promise: whichever change to the disk is the last one, and whatever of it survives, the next opening
/// finds exactly the old or the new release, whole, and the way can be finished.
#[test]
fn a_power_cut_at_any_write_leaves_exactly_the_old_or_the_new_release() {
    let (old, new) = (made(1), made(2));
    for survives in Survives::EACH {
        let mut cut = 0;
        loop {
            let bench = Bench::new();
            old.show(&mut bench.open_on(Arc::new(FaultDisk::default())).unwrap());
            let disk = Arc::new(FaultDisk::cut_at(cut));
            let mut activated = false;
            let finished = (|| -> Result<(), Box<dyn std::error::Error>> {
                let mut store = bench.open_on(disk.clone())?;
                new.fetch(&mut store)?;
                store.activate(&new.id, 2)?;
                activated = true;
                store.confirm()?;
                store.collect(None)?;
                Ok(())
            })();
            assert_eq!(finished.is_ok(), !disk.is_cut(), "cut {cut}: {finished:?}");
            disk.lose_power(survives).unwrap();

            let mut store = bench.open_on(Arc::new(FaultDisk::default())).unwrap();
            let version = active_version(&store);
            assert!(version == Some(2) || (version == Some(1) && !activated), "cut {cut} {survives:?}: {version:?}");
            assert_whole(store.active().unwrap());
            new.fetch(&mut store).unwrap();
            store.activate(&new.id, 2).unwrap();
            if store.pointer().trust != Trust::Confirmed {
                store.confirm().unwrap();
            }
            store.collect(None).unwrap();
            assert_eq!(active_version(&store), Some(2));
            assert_whole(store.active().unwrap());
            if finished.is_ok() {
                assert!(cut > 20, "the scenario made only {cut} changes");
                break;
            }
            cut += 1;
        }
    }
}

#[test]
fn a_blob_that_was_begun_goes_on_where_it_stopped() {
    let bench = Bench::new();
    let release = made(1);
    let (film, bytes) = release.blobs.iter().max_by_key(|(_, bytes)| bytes.len()).unwrap();
    let size_bytes = bytes.len() as u64;
    let mut store = bench.open();
    store.write_chunk(film, size_bytes, 0, &bytes[..200_000]).unwrap();
    drop(store);
    let mut store = bench.open();
    store.write_chunk(&release.id, release.manifest_bytes.len() as u64, 0, &release.manifest_bytes).unwrap();
    let plan = release.plan(&mut store).unwrap();
    let missing = plan.missing.iter().find(|missing| missing.blob == *film).unwrap();
    assert_eq!(missing.have_bytes, RESUME_BYTES);
    let rest = &bytes[RESUME_BYTES as usize..];
    assert_eq!(store.write_chunk(film, size_bytes, RESUME_BYTES, rest).unwrap(), Written::Whole);
    assert_eq!(store.write_chunk(film, size_bytes, 0, bytes).unwrap(), Written::Whole, "again is no error");
}

#[test]
fn a_blob_with_other_bytes_is_refused_and_missing_again() {
    let bench = Bench::new();
    let release = made(1);
    let mut store = bench.open();
    let size_bytes = release.manifest_bytes.len() as u64;
    let mut damaged = release.manifest_bytes.clone();
    damaged[10] ^= 1;
    let error = store.write_chunk(&release.id, size_bytes, 0, &damaged).unwrap_err();
    assert!(matches!(error, WriteError::HashMismatch { resumed: false, .. }), "{error}");
    assert_eq!(release.plan(&mut store).unwrap().missing[0].have_bytes, 0);
    release.show(&mut store);
}

#[test]
fn pieces_out_of_order_or_too_long_are_refused() {
    let bench = Bench::new();
    let mut store = bench.open();
    let blob = BlobHash::of(b"0123456789");
    assert_eq!(store.write_chunk(&blob, 10, 0, b"0123").unwrap(), Written::More { next_offset: 4 });
    assert!(matches!(store.write_chunk(&blob, 10, 0, b"0123"), Err(WriteError::OutOfOrder { expected_offset: 4, .. })));
    assert!(matches!(store.write_chunk(&blob, 10, 4, b"4567890"), Err(WriteError::TooLong { .. })));
    assert_eq!(store.write_chunk(&blob, 10, 4, b"456789").unwrap(), Written::Whole);
    let escape = BlobHash("../../../../etc/passwd".into());
    assert!(matches!(store.write_chunk(&escape, 1, 0, b"x"), Err(WriteError::NotAHash(_))));
}

#[test]
fn a_blob_of_no_bytes_needs_no_fetching() {
    let bench = Bench::new();
    let mut store = bench.open();
    let release =
        made_of(1, [(EXHIBITION_FILE, b"x".to_vec()), (PICTURES_FILE, b"{}".to_vec()), ("empty.vtt", Vec::new())]);
    release.show(&mut store);
    assert_eq!(store.active().unwrap().read("empty.vtt").unwrap(), b"");
}

#[test]
fn a_release_that_does_not_fit_is_refused_before_a_byte_is_written() {
    let bench = Bench::new();
    let disk = Arc::new(FaultDisk::with_free_bytes(1_000_000));
    let mut store = Store::open(bench.folder.path(), StoreOptions { reserve_bytes: 800_000 }, disk.clone()).unwrap();
    let release = made(1);
    let size_bytes = release.manifest_bytes.len() as u64;
    store.write_chunk(&release.id, size_bytes, 0, &release.manifest_bytes).unwrap();
    let error = release.plan(&mut store).unwrap_err();
    assert!(matches!(error, PlanError::NoRoom { needed_bytes: 300_011, reserve_bytes: 800_000, .. }), "{error}");
    disk.set_free_bytes(2_000_000);
    release.fetch(&mut store).unwrap();
}

#[test]
fn a_disk_that_fills_up_while_fetching_keeps_what_is_active_and_gives_the_room_back() {
    let bench = Bench::new();
    let disk = Arc::new(FaultDisk::with_free_bytes(400_000));
    let mut store = bench.open_on(disk.clone()).unwrap();
    made(1).show(&mut store);
    let big = made_of(2, [(EXHIBITION_FILE, vec![7; 90_000]), (PICTURES_FILE, b"{}".to_vec())]);
    let size_bytes = big.manifest_bytes.len() as u64;
    store.write_chunk(&big.id, size_bytes, 0, &big.manifest_bytes).unwrap();
    let plan = big.plan(&mut store).unwrap();
    // Somebody else fills the disk after the plan was made.
    disk.set_free_bytes(10);
    let missing = plan.missing.iter().find(|missing| missing.size_bytes == 90_000).unwrap();
    let error = store.write_chunk(&missing.blob, 90_000, 0, big.bytes_of(&missing.blob)).unwrap_err();
    assert!(matches!(&error, WriteError::Disk(disk) if disk.code() == "disk_full"), "{error}");
    assert!(fs::read_dir(bench.folder.path().join("incoming")).unwrap().next().is_none(), "the begun blob is gone");
    assert_eq!(active_version(&store), Some(1));
    disk.set_free_bytes(1_000_000);
    big.show(&mut store);
    assert_eq!(active_version(&store), Some(2));
}

#[test]
fn a_release_without_good_frames_goes_back_and_is_remembered() {
    let bench = Bench::new();
    let mut store = bench.open();
    let (old, new) = (made(1), made(2));
    old.show(&mut store);
    new.fetch(&mut store).unwrap();
    store.activate(&new.id, 7).unwrap();
    let back = store.roll_back("no frame in 10 s").unwrap().unwrap();
    assert_eq!(back.manifest().version, 1);
    assert!(matches!(store.roll_back("again"), Err(PointError::NotConfirming)));
    drop(store);
    let store = bench.open();
    assert_eq!(active_version(&store), Some(1));
    assert_eq!(
        store.pointer().rejected,
        [Rejected { release: new.id, reason: "no frame in 10 s".into(), revision: 7 }]
    );
}

#[test]
fn a_release_that_nobody_confirms_goes_back_after_some_starts() {
    let bench = Bench::new();
    let mut store = bench.open();
    let (old, new) = (made(1), made(2));
    old.show(&mut store);
    new.fetch(&mut store).unwrap();
    store.activate(&new.id, 7).unwrap();
    drop(store);
    for _ in 0..UNCONFIRMED_STARTS_MAX {
        assert_eq!(active_version(&bench.open()), Some(2), "a pulled plug alone is no proof");
    }
    let store = bench.open();
    assert_eq!(active_version(&store), Some(1));
    assert_eq!(store.repaired(), [Repaired::NeverConfirmed(new.id.clone())]);
    assert_eq!(store.pointer().rejected[0].revision, 7);
}

#[test]
fn the_first_release_going_back_leaves_the_fallback() {
    let bench = Bench::new();
    let mut store = bench.open();
    let release = made(1);
    release.fetch(&mut store).unwrap();
    store.activate(&release.id, 1).unwrap();
    assert!(store.roll_back("black").unwrap().is_none());
    assert!(bench.open_on(Arc::new(RealDisk)).is_err(), "the lock is still held");
    drop(store);
    assert!(bench.open().active().is_none());
}

#[test]
fn a_store_that_cannot_be_written_still_shows_its_release() {
    let bench = Bench::new();
    let (old, new) = (made(1), made(2));
    {
        let mut store = bench.open();
        old.show(&mut store);
        new.fetch(&mut store).unwrap();
        store.activate(&new.id, 2).unwrap();
    }
    fs::write(bench.folder.path().join("active.tmp"), b"left by a power cut").unwrap();
    let lock = bench.folder.path().join("lock");
    fs::set_permissions(&lock, fs::Permissions::from_mode(0o444)).unwrap();
    let mut store = bench.open_on(Arc::new(FaultDisk::read_only())).unwrap();
    assert_eq!(active_version(&store), Some(2));
    assert_whole(store.active().unwrap());
    let error = store.confirm().unwrap_err();
    assert!(matches!(&error, PointError::Disk(disk) if disk.code() == "disk_read_only"), "{error}");
    assert_eq!(active_version(&store), Some(2), "what was active still is");
}

#[test]
fn a_second_program_is_told_that_the_store_is_in_use() {
    let bench = Bench::new();
    let _store = bench.open();
    assert!(matches!(bench.open_on(Arc::new(RealDisk)), Err(OpenError::InUse { .. })));
}

#[test]
fn a_damaged_pointer_takes_the_newest_complete_release() {
    let bench = Bench::new();
    let mut store = bench.open();
    made(1).show(&mut store);
    made(2).show(&mut store);
    drop(store);
    let path = bench.folder.path().join("active");
    for damage in [&b""[..], b"\0\0\0\0", b"{\"active\":null}\n0000\n", "展厅".as_bytes()] {
        fs::write(&path, damage).unwrap();
        let store = bench.open();
        assert_eq!(active_version(&store), Some(2));
        assert_eq!(store.repaired(), [Repaired::PointerDamaged]);
        drop(store);
        assert!(bench.open().repaired().is_empty(), "repaired for good");
    }
}

#[test]
fn a_lost_blob_of_the_active_release_takes_the_one_before() {
    let bench = Bench::new();
    let mut store = bench.open();
    let (old, new) = (made(1), made(2));
    old.show(&mut store);
    new.show(&mut store);
    drop(store);
    let lost = &new.blobs.keys().find(|blob| !old.blobs.contains_key(*blob)).unwrap();
    fs::remove_file(bench.blob(lost)).unwrap();
    let mut store = bench.open();
    assert_eq!(active_version(&store), Some(1));
    assert_eq!(store.repaired(), [Repaired::ActiveIncomplete(new.id.clone())]);
    new.show(&mut store);
    assert_eq!(active_version(&store), Some(2));
}

#[test]
fn a_rotten_blob_is_noticed_set_aside_and_fetched_again() {
    let bench = Bench::new();
    let mut store = bench.open();
    let release = made(1);
    release.show(&mut store);
    let blob = store.active().unwrap().manifest().files["films/a.mp4"].blob.clone();
    assert!(store.verify(&blob).unwrap());
    let mut bytes = release.bytes_of(&blob).to_vec();
    bytes[99] ^= 0x10;
    fs::write(bench.blob(&blob), &bytes).unwrap();
    assert!(matches!(store.active().unwrap().read("films/a.mp4"), Err(ReadError::Damaged { .. })));
    assert!(!store.verify(&blob).unwrap());
    assert!(bench.folder.path().join("quarantine").join(&blob.0).exists());
    let plan = release.plan(&mut store).unwrap();
    assert_eq!(plan.missing.len(), 1);
    release.fetch(&mut store).unwrap();
    assert_whole(store.active().unwrap());
}

#[test]
fn collecting_keeps_the_active_release_its_predecessor_and_what_is_coming() {
    let bench = Bench::new();
    let mut store = bench.open();
    let releases: Vec<_> = (1..=4).map(made).collect();
    for release in &releases[..3] {
        release.show(&mut store);
    }
    let coming = &releases[3];
    let size_bytes = coming.manifest_bytes.len() as u64;
    store.write_chunk(&coming.id, size_bytes, 0, &coming.manifest_bytes).unwrap();
    let collected = store.collect(Some(&coming.id)).unwrap();
    assert_eq!((collected.releases, collected.blobs), (1, 2), "the first manifest and its document");
    assert_eq!(store.collect(Some(&coming.id)).unwrap(), Collected::default());
    assert_eq!(coming.plan(&mut store).unwrap().missing.len(), 1, "the shared film stayed");
    store.activate(&releases[1].id, 9).unwrap();
    assert_whole(store.active().unwrap());
}

#[test]
fn a_disk_that_fails_to_sync_never_makes_a_blob_whole() {
    let bench = Bench::new();
    let bytes = b"one piece".to_vec();
    let blob = BlobHash::of(&bytes);
    // Opening changes the four folders; then come set-length (0 bytes need none), the write and the sync.
    let disk = Arc::new(FaultDisk::cut_at(5));
    let mut store = bench.open_on(disk.clone()).unwrap();
    let error = store.write_chunk(&blob, 9, 0, &bytes).unwrap_err();
    assert!(matches!(&error, WriteError::Disk(DiskError::Io { .. })), "{error}");
    assert!(disk.is_cut());
    assert!(!bench.blob(&blob).exists());
}

/// Every folder of `tests/corpus/delivery/manifests`: a manifest as it might arrive, and what becomes of it.
#[test]
fn each_manifest_of_the_corpus_is_taken_or_refused_as_it_says() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/delivery/manifests");
    let mut cases = 0;
    for case in fs::read_dir(&corpus).unwrap() {
        let case = case.unwrap().path();
        let expected = fs::read_to_string(case.join("expected.txt")).unwrap();
        let became = match accept_manifest(&fs::read(case.join("manifest.json")).unwrap()) {
            Ok(manifest) => format!("taken: {} files", manifest.files.len()),
            Err(error) => error.to_string(),
        };
        assert_eq!(became, expected.trim_end(), "{}", case.display());
        cases += 1;
    }
    assert!(cases > 8, "only {cases} cases in {}", corpus.display());
}

#[test]
fn manifests_are_told_apart_from_those_of_a_later_program() {
    assert_eq!(accept_manifest(br#"{"format":2}"#).unwrap_err().code(), "too_new");
    assert_eq!(accept_manifest(br#"{"format":1}"#).unwrap_err().code(), "manifest_invalid");
}

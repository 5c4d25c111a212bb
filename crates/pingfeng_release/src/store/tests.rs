//! The store over every step of an activation, and over damage.

mod cuts;
mod trust;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use super::fault::{FaultDisk, Survives};
use super::*;
use crate::chunk::{self, ChunkName, Grain};
use crate::{EXHIBITION_FILE, FileEntry, PICTURES_FILE, parcel, run};

/// A release as the hub holds it.
struct Made {
    id: BlobHash,
    manifest_bytes: Vec<u8>,
    blobs: BTreeMap<BlobHash, Vec<u8>>,
}

/// A release of three files; `film` and the pictures are shared between versions, the documents are not.
fn made(version: u64) -> Made {
    made_of(
        version,
        [
            (EXHIBITION_FILE, format!("version {version}").into_bytes()),
            (PICTURES_FILE, b"{}".to_vec()),
            ("films/a.mp4", noise(300_000)),
        ],
    )
}

/// Bytes without a pattern, the same each time.
fn noise(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    bytes
}

fn made_of<const N: usize>(version: u64, files: [(&str, Vec<u8>); N]) -> Made {
    let mut blobs = BTreeMap::new();
    let mut listed = BTreeMap::new();
    for (path, bytes) in files {
        let blob = BlobHash::of(&bytes);
        listed.insert(path.to_owned(), FileEntry::of(path, &bytes));
        blobs.insert(blob, bytes);
    }
    let manifest = Manifest::of("party-history", version, 0, listed);
    let manifest_bytes = serde_json::to_vec(&manifest).unwrap();
    Made { id: BlobHash::of(&manifest_bytes), manifest_bytes, blobs }
}

impl Made {
    fn bytes_of(&self, blob: &BlobHash) -> &[u8] {
        if *blob == self.id { &self.manifest_bytes } else { &self.blobs[blob] }
    }

    fn wanted(&self) -> Wanted {
        Wanted::of(&self.manifest_bytes)
    }

    fn plan(&self, store: &mut Store) -> Result<Plan, PlanError> {
        loop {
            match store.plan(&self.wanted())? {
                Plan::Working { .. } => {}
                plan => return Ok(plan),
            }
        }
    }

    /// Every piece of it, by name.
    fn pieces(&self) -> HashMap<ChunkName, Vec<u8>> {
        let mut pieces = HashMap::new();
        let mut give = |piece: chunk::Piece<'_>| {
            pieces.insert(piece.name, piece.bytes.to_vec());
            Ok(())
        };
        chunk::cut(self.manifest_bytes.as_slice(), Grain::Fine, &mut give).unwrap();
        let manifest: Manifest = serde_json::from_slice(&self.manifest_bytes).unwrap();
        for file in manifest.files.values() {
            let bytes = &self.blobs[&file.blob];
            chunk::cut(bytes.as_slice(), file.tree.unwrap().grain, &mut give).unwrap();
        }
        pieces
    }

    /// What is missing now, by name; nothing when it is complete.
    #[track_caller]
    fn missing(&self, store: &mut Store) -> Vec<chunk::Entry> {
        match self.plan(store).unwrap() {
            Plan::Missing(missing) => missing,
            Plan::Complete => Vec::new(),
            Plan::Working { .. } => unreachable!("the loop above"),
        }
    }

    /// Fetches until the chunks of files are what is missing, and returns those.
    fn fetch_trees(&self, store: &mut Store) -> Vec<chunk::Entry> {
        let pieces = self.pieces();
        let chunks: Vec<_> = self.blobs.values().map(|bytes| bytes.len()).collect();
        loop {
            let missing = self.missing(store);
            let is_manifest = store.incoming_manifest_bytes(&self.id).is_none();
            let nodes = missing.iter().all(|entry| entry.len == 0 || pieces[&entry.name].len() % 36 == 0);
            if !is_manifest && !nodes || missing.is_empty() {
                assert!(!chunks.is_empty());
                return missing;
            }
            let sent: Vec<_> = missing.iter().map(|entry| pieces[&entry.name].as_slice()).collect();
            store.take(&parcel::pack(sent).unwrap()).unwrap();
        }
    }

    /// Fetches whatever is missing, a few pieces at a time, and stages it.
    fn fetch(&self, store: &mut Store) -> Result<OpenRelease, Box<dyn std::error::Error>> {
        let pieces = self.pieces();
        loop {
            match self.plan(store)? {
                Plan::Working { .. } => {}
                Plan::Complete => return Ok(store.stage(&self.id)?),
                Plan::Missing(missing) => {
                    for some in missing.chunks(3) {
                        let sent: Vec<_> = some.iter().map(|entry| pieces[&entry.name].as_slice()).collect();
                        let taken = store.take(&parcel::pack(sent)?)?;
                        assert_eq!((taken.names.len(), taken.foreign), (some.len(), 0));
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
fn only_pieces_that_changed_are_missing() {
    let bench = Bench::new();
    let mut store = bench.open();
    made(1).show(&mut store);
    let new = made(2);
    let manifest: usize = new.missing(&mut store).iter().map(|entry| entry.len as usize).sum();
    assert!(manifest <= new.manifest_bytes.len());
    let chunks = new.fetch_trees(&mut store);
    assert_eq!(chunks, [chunk::Entry { name: ChunkName::of(b"version 2"), len: 9 }]);
}

#[test]
fn a_film_with_a_new_end_takes_what_it_had_from_the_old_one() {
    let bench = Bench::new();
    let mut store = bench.open();
    made(1).show(&mut store);
    let film = [noise(300_000), vec![7; 5_000]].concat();
    let new = made_of(2, [(EXHIBITION_FILE, b"2".to_vec()), (PICTURES_FILE, b"{}".to_vec()), ("b.mp4", film.clone())]);
    let missing: u32 = new.fetch_trees(&mut store).iter().map(|entry| entry.len).sum();
    assert!(missing < 60_000, "{missing} bytes of 305000 are fetched");
    new.show(&mut store);
    assert_eq!(store.active().unwrap().read("b.mp4").unwrap(), film);
    // The list of its chunks is kept, and goes with it.
    assert_eq!(fs::read_dir(bench.folder.path().join("trees")).unwrap().count(), 2);
    for version in 3..5 {
        made_of(version, [(EXHIBITION_FILE, vec![version as u8]), (PICTURES_FILE, b"{}".to_vec())]).show(&mut store);
    }
    store.collect(None).unwrap();
    assert_eq!(fs::read_dir(bench.folder.path().join("trees")).unwrap().count(), 0);
}

/// The central promise: whichever change to the disk is the last one, and whatever of it survives, the next opening
/// finds exactly the old or the new release, whole, and the way can be finished.
#[test]
fn what_is_missing_is_told_as_runs_as_well_and_they_name_the_same_pieces() {
    let bench = Bench::new();
    let mut store = bench.open();
    let release = made(1);
    let all = release.fetch_trees(&mut store);
    let pieces = release.pieces();
    let trees: Vec<_> = accept_manifest(&release.manifest_bytes).unwrap().files.into_values().filter_map(|file| file.tree).collect();
    let named = |store: &Store| -> Vec<ChunkName> {
        let mut names = Vec::new();
        for run in store.missing_runs() {
            let tree = trees.iter().find(|tree| tree.root == run.root).unwrap();
            let mut chunks = run::Chunks::of(run, tree.depth);
            names.extend(std::iter::from_fn(|| chunks.next(|name| pieces.get(name)).unwrap()).map(|entry| entry.name));
        }
        names
    };
    let names = |entries: &[chunk::Entry]| entries.iter().map(|entry| entry.name).collect::<Vec<_>>();
    assert_eq!(named(&store), names(&all));
    assert_eq!(store.missing_runs().len(), 3, "one for each file");
    // Every third one comes on another way.
    let (some, left): (Vec<_>, Vec<_>) = all.iter().enumerate().partition(|(at, _)| at % 3 == 1);
    store.take_pieces(some.iter().map(|(_, entry)| pieces[&entry.name].clone()).collect()).unwrap();
    assert!(matches!(release.plan(&mut store).unwrap(), Plan::Missing(_)));
    assert_eq!(named(&store), left.iter().map(|(_, entry)| entry.name).collect::<Vec<_>>());
}

#[test]
fn a_larder_gives_every_piece_of_a_release_and_none_that_is_damaged() {
    let bench = Bench::new();
    let mut store = bench.open();
    let release = made(1);
    assert!(store.larder().unwrap().releases().is_empty());
    release.show(&mut store);
    let larder = store.larder().unwrap();
    assert_eq!(larder.releases(), std::slice::from_ref(&release.id));
    let pieces = release.pieces();
    for (name, bytes) in &pieces {
        assert_eq!(larder.piece(name).as_ref(), Some(bytes));
    }
    assert_eq!(larder.piece(&ChunkName::of(b"of somebody else")), None);
    let film = &accept_manifest(&release.manifest_bytes).unwrap().files["films/a.mp4"].blob;
    let path = bench.blob(film);
    let mut bytes = fs::read(&path).unwrap();
    bytes[100] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let lost = pieces.keys().filter(|name| larder.piece(name).is_none()).count();
    assert_eq!(lost, 1, "the one with the wrong byte");
    fs::remove_file(&path).unwrap();
    assert!(pieces.keys().any(|name| larder.piece(name).is_none()), "a file that is gone is no error");
}

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
fn a_release_that_was_begun_goes_on_where_it_stopped() {
    let bench = Bench::new();
    let release = made(1);
    let pieces = release.pieces();
    let mut store = bench.open();
    let before = release.fetch_trees(&mut store);
    for entry in before.iter().rev().step_by(2) {
        store.take_pieces(vec![pieces[&entry.name].clone()]).unwrap();
    }
    drop(store);
    let mut store = bench.open();
    let after = release.fetch_trees(&mut store);
    assert_eq!(after.len(), before.len() / 2, "{} of {} pieces are missing still", after.len(), before.len());
    release.show(&mut store);
    assert_whole(store.active().unwrap());
}

#[test]
fn pieces_that_nobody_sought_and_parcels_that_are_none_change_nothing() {
    let bench = Bench::new();
    let release = made(1);
    let mut store = bench.open();
    assert_eq!(store.take_pieces(vec![b"early".to_vec()]).unwrap().foreign, 1);
    let missing = release.fetch_trees(&mut store);
    let mut wrong = release.pieces()[&missing[0].name].clone();
    wrong[0] ^= 1;
    let taken = store.take_pieces(vec![wrong, b"other".to_vec()]).unwrap();
    assert_eq!(taken, Taken { foreign: 2, ..Taken::default() });
    assert!(matches!(store.take(&[9, 9, 9]), Err(TakeError::Parcel(_))));
    release.show(&mut store);
    let escape = Wanted { release: BlobHash("../../../../etc/passwd".into()), ..release.wanted() };
    assert!(matches!(store.plan(&escape), Err(PlanError::NotAHash(_))));
}

#[test]
fn an_offer_that_lies_is_refused_and_what_is_shown_stays() {
    let bench = Bench::new();
    let mut store = bench.open();
    let (shown, release, other) = (made(1), made(2), made(3));
    shown.show(&mut store);
    // The manifest of another release under the name of this one.
    let wanted = Wanted { release: release.id.clone(), ..other.wanted() };
    let pieces = other.pieces();
    let refused = loop {
        match store.plan(&wanted) {
            Ok(Plan::Missing(missing)) => {
                store.take_pieces(missing.iter().map(|entry| pieces[&entry.name].clone()).collect()).unwrap();
            }
            other => break other,
        }
    };
    assert!(matches!(refused, Err(PlanError::OtherManifest(_))), "{refused:?}");
    // A tree that is not that of the file.
    let mut lying: Manifest = serde_json::from_slice(&release.manifest_bytes).unwrap();
    let film = FileEntry::of("films/a.mp4", &vec![3; 300_000]);
    lying.files.get_mut("films/a.mp4").unwrap().tree = film.tree;
    let manifest_bytes = lying.canonical_bytes();
    let mut blobs = release.blobs.clone();
    blobs.insert(lying.files["films/a.mp4"].blob.clone(), vec![3; 300_000]);
    let lying = Made { id: BlobHash::of(&manifest_bytes), manifest_bytes, blobs };
    drop(store);
    fs::remove_file(bench.blob(&FileEntry::of("films/a.mp4", &noise(300_000)).blob)).unwrap();
    let error = lying.fetch(&mut bench.open()).unwrap_err().to_string();
    assert!(error.contains("has other bytes"), "{error}");
}

#[test]
fn a_manifest_that_would_be_too_large_is_not_even_asked_for() {
    let bench = Bench::new();
    let wanted = Wanted { manifest_size_bytes: MANIFEST_BYTES_MAX + 1, ..made(1).wanted() };
    assert!(matches!(bench.open().plan(&wanted), Err(PlanError::Manifest(ManifestError::TooLarge { .. }))));
    let deep = Wanted { manifest_depth: 200, ..made(1).wanted() };
    assert!(matches!(bench.open().plan(&deep), Err(PlanError::Tree { .. })));
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
    let error = loop {
        match release.fetch(&mut store) {
            Err(error) => break *error.downcast::<PlanError>().unwrap(),
            Ok(_) => panic!("it does not fit"),
        }
    };
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
    let big = made_of(2, [(EXHIBITION_FILE, noise(90_000)), (PICTURES_FILE, b"{}".to_vec())]);
    let missing = big.fetch_trees(&mut store);
    // Somebody else fills the disk after the plan was made.
    disk.set_free_bytes(10);
    let error = store.take_pieces(vec![big.pieces()[&missing[0].name].clone(), big.pieces()[&missing[1].name].clone()]).unwrap_err();
    assert!(matches!(&error, TakeError::Disk(disk) if disk.code() == "disk_full"), "{error}");
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
    let missing = release.missing(&mut store);
    assert_eq!(missing.len(), 1, "only the chunk that rotted");
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
    assert_eq!(coming.fetch_trees(&mut store).len(), 1, "the shared film is here");
    let collected = store.collect(Some(&coming.id)).unwrap();
    assert_eq!((collected.releases, collected.blobs), (1, 2), "the first manifest and its document");
    assert_eq!(store.collect(Some(&coming.id)).unwrap(), Collected::default());
    assert_eq!(coming.missing(&mut store).len(), 1, "the shared film stayed");
    store.activate(&releases[1].id, 9).unwrap();
    assert_whole(store.active().unwrap());
}

#[test]
fn a_disk_that_fails_to_sync_never_makes_a_blob_whole() {
    let bench = Bench::new();
    let release = made_of(1, [(EXHIBITION_FILE, b"x".to_vec()), (PICTURES_FILE, b"{}".to_vec())]);
    // The manifest is the first blob. Opening makes five folders and syncs their names; then come its length, its bytes and the sync.
    let disk = Arc::new(FaultDisk::cut_at(8));
    let mut store = bench.open_on(disk.clone()).unwrap();
    let error = *release.fetch(&mut store).unwrap_err().downcast::<PlanError>().unwrap();
    assert!(matches!(&error, PlanError::Disk(DiskError::Io { .. })), "{error}");
    assert!(disk.is_cut());
    assert!(!bench.blob(&release.id).exists());
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

#[test]
fn pieces_packed_with_what_the_device_has_are_taken_and_without_it_refused() {
    let bench = Bench::new();
    let mut store = bench.open();
    let old = made(1);
    old.show(&mut store);
    let mut film = noise(300_000);
    film[150_000] ^= 1;
    let new = made_of(
        2,
        [(EXHIBITION_FILE, b"version 2".to_vec()), (PICTURES_FILE, b"{}".to_vec()), ("films/a.mp4", film.clone())],
    );
    let sought = new.fetch_trees(&mut store);
    let pieces = new.pieces();
    let films: Vec<_> = sought.iter().filter(|entry| entry.len > 1_000).map(|entry| pieces[&entry.name].as_slice()).collect();
    assert!(!films.is_empty() && films.len() < 4, "one byte is another");

    let manifest: Manifest = serde_json::from_slice(&old.manifest_bytes).unwrap();
    let file = &manifest.files["films/a.mp4"];
    let tree = file.tree.unwrap();
    let (mut row, mut nodes) = (Vec::new(), Vec::new());
    chunk::cut(noise(300_000).as_slice(), tree.grain, &mut |piece| {
        row.push(piece.name);
        if piece.level == 1 {
            nodes.extend_from_slice(piece.bytes);
        }
        Ok(())
    })
    .unwrap();
    let around = parcel::Place { blob: file.blob.clone(), nodes: None, offset: 100_000, len: 100_000 };
    let listed = parcel::Place {
        blob: file.blob.clone(),
        nodes: Some((tree, 1)),
        offset: 36,
        len: u32::try_from(nodes.len() - 36).unwrap(),
    };
    let dictionary = [&noise(300_000)[100_000..200_000], &nodes[36..]].concat();
    let places = [around.clone(), listed];
    let packed = parcel::pack_with(films.iter().copied(), &places, &dictionary).unwrap();
    assert!(parcel::has_dictionary(&packed) && packed.len() < 500, "{} bytes", packed.len());

    // A hub that means a place that is not here: refused, and nothing is lost by it.
    let absent = parcel::Place { blob: BlobHash::of(b"never seen"), ..around };
    let wrong = parcel::pack_with(films.iter().copied(), &[absent], &noise(300_000)[100_000..200_000]).unwrap();
    assert!(matches!(store.take(&wrong), Err(TakeError::Parcel(parcel::ParcelError::Dictionary))));

    let taken = store.take(&packed).unwrap();
    assert_eq!((taken.names.len(), taken.foreign), (films.len(), 0));
    new.show(&mut store);
    assert_whole(store.active().unwrap());
}

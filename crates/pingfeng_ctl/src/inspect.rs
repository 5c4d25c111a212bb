//! `pingfengctl inspect`.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result, anyhow};
use pingfeng_content::Compiled;
use pingfeng_release::{EXHIBITION_FILE, FileEntry, store::OpenRelease};

use crate::{release::Release, signing::date};

/// True if every file is there and whole.
pub(crate) fn inspect(path: &Path) -> Result<bool> {
    let release = Release::open(path)?;
    let manifest = release.manifest();
    println!("release     {}", release.id());
    println!(
        "exhibition  {} version {}, built at {} ms",
        manifest.exhibition, manifest.version, manifest.created_at_ms
    );
    println!(
        "review      {}, for {}",
        manifest.class,
        match manifest.groups.len() {
            0 => "every group".to_owned(),
            _ => manifest.groups.iter().cloned().collect::<Vec<_>>().join(", "),
        }
    );
    if let Some(expires_at_ms) = manifest.expires_at_ms {
        println!("expires     {}", date(expires_at_ms));
    }
    for (media, until_ms) in &manifest.rights {
        println!("right       {media} until {}", date(*until_ms));
    }
    println!(
        "budget      {} bytes, largest file {}, largest picture {} px, program {} or later",
        manifest.budget.total_bytes,
        manifest.budget.largest_file_bytes,
        manifest.budget.largest_picture_px,
        manifest.min_runtime
    );
    let mut sums: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for (file, entry) in &manifest.files {
        let sum = sums.entry(file.split_once('/').map_or(file.as_str(), |(folder, _)| folder)).or_default();
        sum.0 += 1;
        sum.1 += entry.size_bytes;
    }
    let (damaged, exhibition) = match &release {
        Release::Folder { release, .. } => {
            (damaged_blobs(release), release.read(EXHIBITION_FILE).map_err(anyhow::Error::from))
        }
        Release::Pack { pack, .. } => {
            println!("pack        {} pieces", pack.pieces());
            let damaged = pack.verify(&mut |_| {})?.into_iter().map(|(file, error)| (file, error.into())).collect();
            (damaged, pack.read(EXHIBITION_FILE).map_err(Into::into))
        }
    };
    for (file, error) in &damaged {
        println!("damaged     {file}: {error:#}");
    }
    for (name, (count, bytes)) in sums {
        println!("{name:<32} {count:>5} files {bytes:>12} bytes");
    }
    let compiled: Compiled = serde_json::from_slice(&exhibition?).context(EXHIBITION_FILE)?;
    println!(
        "{} · {} scenes, {} media, {} questions",
        compiled.exhibition.title.zh,
        compiled.scenes.len(),
        compiled.media.len(),
        compiled.banks.values().map(|bank| bank.questions.len()).sum::<usize>()
    );
    for (id, scene) in &compiled.scenes {
        println!("  {:<10} {:<24} {}", scene.kind(), id.as_str(), scene.title().map_or("", |title| title.zh.as_str()));
    }
    Ok(damaged.is_empty())
}

fn damaged_blobs(release: &OpenRelease) -> Vec<(String, anyhow::Error)> {
    let files = release.manifest().files.iter();
    files
        .filter_map(|(file, entry)| check_blob(release, file, entry).err().map(|error| (file.clone(), error)))
        .collect()
}

fn check_blob(release: &OpenRelease, file: &str, entry: &FileEntry) -> Result<()> {
    let path = release.path_of(file).ok_or_else(|| anyhow!("not listed"))?;
    let mut hasher = blake3::Hasher::new();
    let mut opened = fs::File::open(&path).with_context(|| path.display().to_string())?;
    std::io::copy(&mut opened, &mut hasher).with_context(|| path.display().to_string())?;
    anyhow::ensure!(hasher.finalize().to_hex().as_str() == entry.blob.0, "other bytes than the manifest lists");
    Ok(())
}

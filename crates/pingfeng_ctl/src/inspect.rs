//! `pingfengctl inspect`.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result, anyhow};
use pingfeng_content::Compiled;
use pingfeng_release::{BlobHash, EXHIBITION_FILE, store::OpenRelease, store::accept_manifest};

/// True if every blob is there and whole.
pub(crate) fn inspect(release: &Path) -> Result<bool> {
    let path = release.join("manifest.json");
    let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
    let id = BlobHash::of(&bytes);
    let manifest = accept_manifest(&bytes).with_context(|| path.display().to_string())?;
    println!("release     {id}");
    println!(
        "exhibition  {} version {}, built at {} ms",
        manifest.exhibition, manifest.version, manifest.created_at_ms
    );
    let opened = OpenRelease::over(&release.join("blobs"), id, manifest.clone());
    let mut sums: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    let mut whole = true;
    for (file, entry) in &manifest.files {
        let sum = sums.entry(file.split_once('/').map_or(file.as_str(), |(folder, _)| folder)).or_default();
        sum.0 += 1;
        sum.1 += entry.size_bytes;
        if let Err(error) = check_blob(&opened, file, entry) {
            println!("damaged     {file}: {error:#}");
            whole = false;
        }
    }
    for (name, (count, bytes)) in sums {
        println!("{name:<32} {count:>5} files {bytes:>12} bytes");
    }
    let compiled: Compiled = serde_json::from_slice(&opened.read(EXHIBITION_FILE)?).context(EXHIBITION_FILE)?;
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
    Ok(whole)
}

fn check_blob(release: &OpenRelease, file: &str, entry: &pingfeng_release::FileEntry) -> Result<()> {
    let path = release.path_of(file).ok_or_else(|| anyhow!("not listed"))?;
    let mut hasher = blake3::Hasher::new();
    let mut opened = fs::File::open(&path).with_context(|| path.display().to_string())?;
    std::io::copy(&mut opened, &mut hasher).with_context(|| path.display().to_string())?;
    anyhow::ensure!(hasher.finalize().to_hex().as_str() == entry.blob.0, "other bytes than the manifest lists");
    Ok(())
}

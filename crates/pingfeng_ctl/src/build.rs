//! `pingfengctl build`.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use pingfeng_content::{Lang, Severity};
use pingfeng_release::{BuildError, Cache, DirSink, Stamp};

use crate::{show, source};

/// True if a release was built.
pub(crate) fn build(
    exhibition: &Path,
    out: &Path,
    version: u64,
    now_ms: u64,
    lang: Lang,
    cache: &Path,
) -> Result<bool> {
    let source = source::open(exhibition, cache, lang)?;
    let progress = show::Progress::new(lang);
    let mut sink = DirSink::new(out.join("blobs"));
    let stamp = Stamp { version, created_at_ms: now_ms };
    let built = pingfeng_release::build(&source.folder, stamp, &Cache::at(cache), &mut sink, &|step, done, total| {
        progress.step(step, done, total);
    });
    progress.clear();
    let built = match built {
        Ok(built) => built,
        Err(BuildError::Findings(findings)) => {
            eprint!("{}", show::findings(&findings, &source.folder.documents, lang, false));
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    };
    // A copy under a name that people find; the blob of the same bytes is what travels.
    let manifest = out.join("manifest.json");
    let beside = out.join("manifest.json.part");
    fs::write(&beside, &built.manifest_bytes)
        .and_then(|()| fs::rename(&beside, &manifest))
        .with_context(|| manifest.display().to_string())?;
    let bytes: u64 = built.manifest.files.values().map(|file| file.size_bytes).sum();
    println!("{}", built.id);
    let (files, warnings) = (built.manifest.files.len(), built.findings.count(Severity::Warning));
    match lang {
        Lang::ZhCn => {
            eprintln!("{} 第 {version} 版：{files} 个文件，{bytes} 字节，{warnings} 处注意", built.manifest.exhibition)
        }
        Lang::En => eprintln!(
            "{} version {version}: {files} files, {bytes} bytes, {warnings} warnings",
            built.manifest.exhibition
        ),
    }
    Ok(true)
}

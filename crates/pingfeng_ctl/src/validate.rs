//! `pingfengctl validate`.

use std::{
    io::{IsTerminal, Write},
    path::Path,
};

use anyhow::Result;
use pingfeng_content::Lang;
use pingfeng_release::{Cache, build::check};

use crate::{show, source};

/// True if there is no error.
pub(crate) fn validate(exhibition: &Path, json: bool, lang: Lang, cache: &Path) -> Result<bool> {
    let source = source::open(exhibition, cache, lang)?;
    let progress = show::Progress::new(lang);
    let checked = check(&source.folder, &Cache::at(cache), &|step, done, total| progress.step(step, done, total))?;
    progress.clear();
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, &checked.findings)?;
        writeln!(out)?;
    } else {
        let colour = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
        write!(out, "{}", show::findings(&checked.findings, &source.folder.documents, lang, colour))?;
    }
    Ok(!checked.findings.has_errors())
}

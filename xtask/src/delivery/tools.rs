//! What the same change costs with tools that bring files up to date. A tool that is not installed is named with what to
//! install, and measures nothing.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result};

use super::{Built, Cost, copy_tree, quietly, web::Web};
use crate::process::{exists, output, run as run_command};

/// A tool of which the change is measured.
pub(super) struct Tool {
    /// In the table.
    pub(super) name: &'static str,
    program: &'static str,
    /// How to get it.
    pub(super) install: &'static str,
    measure: fn(&Path, &Path, Option<&Built>, &Built) -> Result<(u64, Option<u64>)>,
}

/// All of them, the least that a patch between two archives takes first.
pub(super) const TOOLS: [Tool; 6] = [
    Tool { name: "xdelta3", program: "xdelta3", install: "Debian: xdelta3", measure: xdelta3 },
    Tool { name: "rsync tree", program: "rsync", install: "Debian: rsync", measure: rsync_tree },
    Tool { name: "rsync tar", program: "rsync", install: "Debian: rsync", measure: rsync_archive },
    Tool { name: "zsync", program: "zsync", install: "Debian: zsync", measure: zsync },
    Tool { name: "casync", program: "casync", install: "Debian: casync", measure: casync },
    Tool { name: "bita", program: "bita", install: "cargo install bita, or name it with --bita", measure: bita },
];

impl Tool {
    /// Where the program is; `None`: not here.
    pub(super) fn find(&self, bita: Option<&Path>) -> Option<PathBuf> {
        match bita {
            Some(path) if self.program == "bita" => path.is_file().then(|| path.to_owned()),
            _ => exists(self.program).then(|| PathBuf::from(self.program)),
        }
    }

    /// What it costs to come from `before` (from nothing without one) to `after`, and how long it takes.
    pub(super) fn measure(&self, program: &Path, folder: &Path, before: Option<&Built>, after: &Built) -> Result<Cost> {
        let began = Instant::now();
        let (bytes, requests) =
            (self.measure)(program, folder, before, after).with_context(|| format!("measuring {}", self.name))?;
        Ok(Cost { bytes, requests, seconds: began.elapsed().as_secs_f64() })
    }
}

fn xdelta3(program: &Path, folder: &Path, before: Option<&Built>, after: &Built) -> Result<(u64, Option<u64>)> {
    let patch = folder.join("patch.xdelta");
    let mut command = Command::new(program);
    command.args(["-e", "-f", "-9"]);
    if let Some(before) = before {
        // The window over the old archive must hold all of it, or far copies are missed.
        let window = fs::metadata(&before.archive)?.len().max(1 << 24).to_string();
        command.args(["-B", &window, "-s"]).arg(&before.archive);
    }
    run_command(command.arg(&after.archive).arg(&patch))?;
    Ok((fs::metadata(&patch)?.len(), None))
}

fn rsync_tree(program: &Path, folder: &Path, before: Option<&Built>, after: &Built) -> Result<(u64, Option<u64>)> {
    let copy = folder.join("rsync-copy");
    match before {
        Some(before) => copy_tree(&before.tree, &copy)?,
        None => empty(&copy)?,
    }
    rsync(program, &format!("{}/", after.tree.display()), &format!("{}/", copy.display()))
}

fn rsync_archive(program: &Path, folder: &Path, before: Option<&Built>, after: &Built) -> Result<(u64, Option<u64>)> {
    let copy = folder.join("rsync-copy.tar");
    match before {
        Some(before) => drop(fs::copy(&before.archive, &copy)?),
        None => drop(fs::remove_file(&copy)),
    }
    let counted = rsync(program, &after.archive.display().to_string(), &copy.display().to_string());
    fs::remove_file(&copy)?;
    counted
}

/// Bytes that rsync says it has sent and received.
fn rsync(program: &Path, from: &str, to: &str) -> Result<(u64, Option<u64>)> {
    let said = output(Command::new(program).args(["-rz", "--checksum", "--no-whole-file", "--delete", "--stats", from, to]))?;
    let number = |label: &str| -> Result<u64> {
        let line = said.lines().find(|line| line.starts_with(label)).with_context(|| format!("rsync did not say `{label}`"))?;
        Ok(line.chars().filter(char::is_ascii_digit).collect::<String>().parse()?)
    };
    Ok((number("Total bytes sent")? + number("Total bytes received")?, None))
}

/// What a client with the old archive fetches of the new one over HTTP, and the control file.
fn zsync(program: &Path, folder: &Path, before: Option<&Built>, after: &Built) -> Result<(u64, Option<u64>)> {
    let site = folder.join("zsync");
    empty(&site)?;
    fs::hard_link(&after.archive, site.join("after.tar"))?;
    let control = site.join("after.tar.zsync");
    quietly(Command::new("zsyncmake").arg("-u").arg("after.tar").arg("-o").arg(&control).arg(site.join("after.tar")))?;
    let web = Web::serve(&site)?;
    let mut command = Command::new(program);
    command.arg("-q").current_dir(&site);
    if let Some(before) = before {
        command.arg("-i").arg(&before.archive);
    }
    // Its proxy settings would lead away from this machine.
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(name);
    }
    quietly(command.arg("-o").arg(site.join("out.tar")).arg(web.url("after.tar.zsync")))?;
    same(&site.join("out.tar"), &after.archive)?;
    let (bytes, requests) = web.counted();
    Ok((bytes, Some(requests)))
}

/// Chunks of the new archive that are not in a store of the old one, compressed, and the index.
fn casync(program: &Path, folder: &Path, before: Option<&Built>, after: &Built) -> Result<(u64, Option<u64>)> {
    let chunks = |name: &str, archive: &Path| -> Result<(BTreeSet<(PathBuf, u64)>, u64)> {
        let (store, index) = (folder.join(format!("casync-{name}")), folder.join(format!("casync-{name}.caibx")));
        if store.exists() {
            fs::remove_dir_all(&store)?;
        }
        quietly(Command::new(program).arg("make").arg(format!("--store={}", store.display())).arg(&index).arg(archive))?;
        let mut found = BTreeSet::new();
        for shelf in fs::read_dir(&store)? {
            for chunk in fs::read_dir(shelf?.path())? {
                let chunk = chunk?;
                found.insert((PathBuf::from(chunk.file_name()), chunk.metadata()?.len()));
            }
        }
        fs::remove_dir_all(&store)?;
        Ok((found, fs::metadata(&index)?.len()))
    };
    let old = match before {
        Some(before) => chunks("before", &before.archive)?.0,
        None => BTreeSet::new(),
    };
    let (new, index) = chunks("after", &after.archive)?;
    let lacking: Vec<_> = new.difference(&old).collect();
    let bytes = lacking.iter().map(|(_, bytes)| bytes).sum::<u64>() + index;
    // One request for each chunk, and one for the index.
    Ok((bytes, Some(lacking.len() as u64 + 1)))
}

/// What a client with the old archive fetches of a compressed archive over HTTP.
fn bita(program: &Path, folder: &Path, before: Option<&Built>, after: &Built) -> Result<(u64, Option<u64>)> {
    let site = folder.join("bita");
    empty(&site)?;
    quietly(Command::new(program).args(["compress", "--force-create", "-i"]).arg(&after.archive).arg(site.join("after.cba")))?;
    let web = Web::serve(&site)?;
    let mut command = Command::new(program);
    command.args(["clone", "--force-create"]);
    if let Some(before) = before {
        command.arg("--seed").arg(&before.archive);
    }
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(name);
    }
    quietly(command.arg(web.url("after.cba")).arg(site.join("out.tar")))?;
    same(&site.join("out.tar"), &after.archive)?;
    let (bytes, requests) = web.counted();
    Ok((bytes, Some(requests)))
}

/// A tool that did not bring what was asked for has measured nothing.
fn same(out: &Path, archive: &Path) -> Result<()> {
    quietly(Command::new("cmp").arg("--silent").arg(out).arg(archive)).context("it made another file than the one it was to make")
}

fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())
}

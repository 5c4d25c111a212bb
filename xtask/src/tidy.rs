//! Rules about the tree itself. Run as a test; each complaint names the file and what to do.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
};

use anyhow::{Result, bail};

use crate::{
    build,
    process::{output, say},
    root,
};

/// What a package's tree must not contain (`ARCHITECTURE.md`, "Fences").
const FENCES: &[(&str, &[&str])] = &[
    ("pingfeng_content", &["tokio", "bevy", "wgpu", "reqwest", "ureq", "hyper", "rumqttc", "mqtt5", "rusqlite", "sqlx-core", "sea-orm", "gstreamer"]),
    ("pingfeng_wire", &["bevy", "wgpu", "gstreamer", "axum", "sea-orm"]),
    ("pingfeng_release", &["bevy", "wgpu", "gstreamer", "axum", "sea-orm"]),
    ("pingfeng_link", &["bevy", "wgpu", "gstreamer", "axum", "sea-orm"]),
    ("pingfeng_media", &["bevy", "wgpu"]),
    ("pingfeng_hub", &["bevy", "wgpu", "winit", "gstreamer", "rodio"]),
    ("pingfeng_ctl", &["bevy", "wgpu", "winit", "gstreamer", "rodio"]),
    ("pingfeng", &["axum", "sea-orm", "mqtt5"]),
];

pub(crate) fn run() -> Result<()> {
    say("checking the tree");
    let mut complaints = Vec::new();
    files(&mut complaints)?;
    fences(&mut complaints)?;
    selections(&mut complaints)?;
    if complaints.is_empty() {
        return Ok(());
    }
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    bail!("{} rules of the tree are broken", complaints.len());
}

/// Rules that need only the text of the files git knows.
fn files(complaints: &mut Vec<String>) -> Result<()> {
    let listed = output(Command::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root()))?;
    for path in listed.lines() {
        let code = [".rs", ".ts", ".vue", ".mjs", ".wgsl"].iter().any(|end| path.ends_with(end));
        let prose = [".md", ".toml", ".yaml", ".yml", ".sh"].iter().any(|end| path.ends_with(end));
        if !(code || prose) {
            continue;
        }
        let Ok(text) = fs::read_to_string(root().join(path)) else { continue };
        complaints.extend(check_text(path, &text));
    }
    Ok(())
}

fn check_text(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    if path.ends_with(".rs") && !path.starts_with("fuzz/") && !text.trim_start().starts_with("//!") && !text.trim_start().starts_with("#!") {
        complaints.push(format!("{path}:1: say in `//!` what this file is for"));
    }
    if !path.ends_with(".md") && !text.is_empty() && !text.ends_with('\n') {
        complaints.push(format!("{path}: end the file with a newline"));
    }
    // Written in two halves so that this file passes its own rule.
    let bare = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!("), concat!("unimplemented", "!(")];
    for (number, line) in text.lines().enumerate() {
        let at = number + 1;
        if !path.ends_with(".md") && line.ends_with([' ', '\t']) {
            complaints.push(format!("{path}:{at}: trailing white space"));
        }
        if path.ends_with(".md") {
            continue;
        }
        if bare.iter().any(|word| line.contains(word)) && !line.contains(concat!("TO", "DO(#")) {
            complaints.push(format!("{path}:{at}: finish it, or name the issue"));
        }
        let quiet = line.contains(concat!("#[all", "ow(")) || line.contains(concat!("#![all", "ow("));
        if path.ends_with(".rs") && quiet && !line.contains("reason") {
            complaints.push(format!("{path}:{at}: use #[expect(lint, reason = \"…\")]"));
        }
    }
    complaints
}

/// The one-way arrows between crates.
fn fences(complaints: &mut Vec<String>) -> Result<()> {
    for (package, forbidden) in FENCES {
        let tree = output(build::cargo()?.args(["tree", "--locked", "-p", package, "-e", "normal", "--prefix", "none", "-f", "{p}"]))?;
        let names: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
        for name in *forbidden {
            if names.contains(name) {
                complaints.push(format!("{package} must not depend on {name}: `cargo tree -p {package} -i {name}` shows the way"));
            }
        }
    }
    Ok(())
}

/// `-p pingfeng` and `--workspace` must build the same variants of third-party crates, or bevy is compiled twice.
fn selections(complaints: &mut Vec<String>) -> Result<()> {
    let alone = variants(&["-p", "pingfeng"])?;
    let whole = variants(&["--workspace"])?;
    for (package, features) in &alone {
        let Some(all) = whole.get(package) else { continue };
        if !features.is_subset(all) {
            let missing: Vec<&String> = all.difference(features).collect();
            complaints.push(format!(
                "{package} is built with other features alone than in the workspace ({missing:?}): name it in the union block of Cargo.toml"
            ));
        }
    }
    Ok(())
}

fn variants(selection: &[&str]) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let tree = output(build::cargo()?.args(["tree", "--locked", "-e", "normal,build", "--prefix", "none", "-f", "{p}|{f}"]).args(selection))?;
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in tree.lines() {
        let Some((package, features)) = line.split_once('|') else { continue };
        let name: Vec<&str> = package.split(' ').take(2).collect();
        if name.first().is_some_and(|name| name.starts_with("pingfeng") || *name == "xtask") {
            continue;
        }
        found.entry(name.join(" ")).or_default().insert(features.trim_end_matches(" (*)").to_owned());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::check_text;

    #[test]
    fn a_file_without_module_docs_is_named() {
        assert_eq!(check_text("src/a.rs", "fn main() {}\n"), ["src/a.rs:1: say in `//!` what this file is for"]);
    }

    #[test]
    fn unfinished_work_is_named_with_its_line() {
        let text = format!("//! A file.\n// {}: later\n", concat!("TO", "DO"));
        assert_eq!(check_text("src/a.rs", &text), ["src/a.rs:2: finish it, or name the issue"]);
    }

    #[test]
    fn silenced_lints_need_a_reason() {
        let text = format!("//! A file.\n#[all{}(dead_code)]\nfn f() {{}}\n", "ow");
        assert_eq!(check_text("src/a.rs", &text), ["src/a.rs:2: use #[expect(lint, reason = \"…\")]"]);
    }
}

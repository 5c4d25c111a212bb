//! A small exhibition, written to a temporary folder.

use std::{fs, path::Path};

use pingfeng_release::{BuildError, Built, Cache, DirSink, ExhibitionFolder, Stamp, build};

pub(crate) const DRAWING: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300">
<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#f4e9d8"/><stop offset="1" stop-color="#c9a26a"/></linearGradient></defs>
<g id="l0-sky"><path fill="url(#sky)" d="M-40 -40H440V340H-40Z"/></g>
<g id="l1-hill" fill="#7a2e1f"><path d="M-40 340V200L120 150L300 220L440 180V340Z"/></g>
</svg>"##;

pub(crate) fn write(folder: &Path) {
    for (path, text) in [
        (
            "exhibition.yaml",
            "kind: exhibition\nformat: 1\nid: small\ntitle: 小展\nsubtitle: 为测试而写\nseal: 小展\nlanguages: [zh-CN, en]\ntheme: zhusha\nattract: calm\nhome: start\n",
        ),
        ("sources.yaml", "kind: sources\nsources:\n  own: { title: 《测试》 }\n"),
        (
            "media.yaml",
            "kind: media\nmedia:\n  hills:\n    type: picture\n    file: art/hills.svg\n    alt: 山\n    credit: 屏风\n    licence: drawn for this project\n    drawing: true\n    layers: true\n",
        ),
        (
            "scenes/calm.yaml",
            "kind: attract\nid: calm\npicture: hills\ntitle_columns: [小展]\nsubtitle: 轻触开始\nfacts:\n  - when: 1935年5月29日\n    text: 一句话。\n    sources: [own]\n",
        ),
        (
            "scenes/start.yaml",
            "kind: home\nid: start\ntitle: 小展\nsubtitle: 为测试而写\npicture: hills\nheading: 看什么\nhint: 轻触选择\nnote: 不用注册\ntiles:\n  - { scene: one, title: 第一章 }\n",
        ),
        (
            "scenes/one.yaml",
            "kind: gallery\nid: one\ntitle: 第一章\nitems:\n  - picture: hills\n    title: 山\n    when: 1935年\n    text: 一幅画。\n    sources: [own]\n",
        ),
        ("art/hills.svg", DRAWING),
    ] {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Replaces `from` in a file by `to`.
pub(crate) fn edit(folder: &Path, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(folder.join(file)).unwrap();
    assert!(text.contains(from), "{file} has no {from:?}");
    fs::write(folder.join(file), text.replace(from, to)).unwrap();
}

pub(crate) fn build_into(folder: &Path, cache: &Path, blobs: &Path, version: u64) -> Result<Built, BuildError> {
    let read = ExhibitionFolder::read(folder)?;
    let stamp = Stamp { version, created_at_ms: 1_700_000_000_000 };
    build(&read, stamp, &Cache::at(cache), &mut DirSink::new(blobs), &|_, _, _| {})
}

/// The findings that stopped a build, one a line.
#[track_caller]
pub(crate) fn refused(folder: &Path) -> String {
    let work = tempfile::tempdir().unwrap();
    match build_into(folder, &work.path().join("cache"), &work.path().join("blobs"), 1) {
        Err(BuildError::Findings(findings)) => {
            findings.iter().map(|finding| finding.line(pingfeng_content::Lang::En) + "\n").collect()
        }
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("a release was built"),
    }
}

//! `cargo xtask gallery`: every kind of scene as the renderer draws it, in its layouts, themes and languages, as a page of
//! the docs to look through.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::{
    build::{self, Profile},
    process::say,
    root, setup, test,
};

/// What is drawn.
#[derive(Args)]
pub(crate) struct GalleryArgs {
    /// Only these kinds of scenes, such as `route,chart`. The page is written with all that have pictures.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Draw with the program as it was compiled last.
    #[arg(long)]
    as_built: bool,
}

/// How a scene is shown: name, what the page says of it, and the arguments of `pingfeng render`. The layouts are those of
/// 1080 × 1920 and 1920 × 1080; 3840 × 2160 is the latter at twice the pixels.
const VIEWS: [(&str, &str, &[&str]); 6] = [
    ("portrait", "portrait", &["--size", "432x768"]),
    ("chenguang", "晨光", &["--size", "432x768", "--theme", "chenguang"]),
    ("yezhan", "夜展", &["--size", "432x768", "--theme", "yezhan"]),
    ("su", "素", &["--size", "432x768", "--theme", "su"]),
    ("large", "largest text", &["--size", "432x768", "--text-scale", "1.6"]),
    ("landscape-en", "landscape, English", &["--size", "768x432", "--lang", "en"]),
];

pub(crate) fn run(args: &GalleryArgs) -> Result<()> {
    setup::debian(true)?;
    if !args.as_built {
        build::programs(Profile::Dev)?;
    }
    let scenes = scenes(&root().join("scenes/shanhe/scenes"))?;
    let folder = root().join("docs/pictures/gallery");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let wanted = |kind: &str| args.only.is_empty() || args.only.iter().any(|only| only == kind);
    for kind in args.only.iter().filter(|kind| !scenes.contains_key(*kind)) {
        let known: Vec<&str> = scenes.keys().map(String::as_str).collect();
        anyhow::bail!("the sample exhibition has no scene of kind `{kind}`; it has {}", known.join(", "));
    }
    for (kind, scene) in scenes.iter().filter(|(kind, _)| wanted(kind)) {
        say(format!("{kind}: {scene}"));
        for (view, _, options) in VIEWS {
            let mut command = Command::new(build::program("pingfeng", Profile::Dev)?);
            command.current_dir(root()).args(["render", scene, "--at", "2s", "--exhibition", "scenes/shanhe"]);
            command.args(options).arg("--out").arg(folder.join(format!("{kind}-{view}.jpg")));
            test::on_software_rasterizer(&mut command);
            let output = command.output().context("could not start pingfeng")?;
            ensure!(output.status.success(), "{kind} {view}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
    let page = root().join("docs/gallery.md");
    fs::write(&page, written(&scenes, &folder)?).with_context(|| page.display().to_string())?;
    say(format!("{}: look through all of it, and make anew what you would not hang in a hall", page.display()));
    Ok(())
}

/// One scene of each kind: that of the fourth chapter where there is one, because it has the most to show.
fn scenes(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| folder.display().to_string())?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.sort();
    let mut scenes = BTreeMap::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "yaml")) {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(|value| value.trim().to_owned());
        let (Some(kind), Some(id)) = (value("kind:"), value("id:")) else { continue };
        if id.starts_with("ch04") || !scenes.contains_key(&kind) {
            scenes.insert(kind, id);
        }
    }
    Ok(scenes)
}

fn written(scenes: &BTreeMap<String, String>, folder: &Path) -> Result<String> {
    let mut page = String::from(
        "# Every kind of scene\n\nDrawn by the program itself: `cargo xtask gallery`. The sample exhibition, as each scene opens.\n",
    );
    for (kind, scene) in scenes {
        let shown: Vec<_> = VIEWS.iter().filter(|(view, ..)| folder.join(format!("{kind}-{view}.jpg")).exists()).collect();
        if shown.is_empty() {
            continue;
        }
        write!(page, "\n## {kind}\n\n`scenes/shanhe/scenes/{scene}.yaml`\n\n")?;
        for (view, words, _) in shown {
            let width = if view.starts_with("landscape") { 384 } else { 216 };
            writeln!(page, "<img src=\"pictures/gallery/{kind}-{view}.jpg\" width=\"{width}\" alt=\"{kind}, {words}\">")?;
        }
    }
    Ok(page)
}

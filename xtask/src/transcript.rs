//! What happened, when: printed as it happens and kept beside the pictures.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result};

use crate::display::{Display, Frame};

/// A folder of numbered pictures and a `transcript.txt`.
pub(crate) struct Transcript {
    folder: PathBuf,
    began: Instant,
    text: String,
    pictures: u32,
}

impl Transcript {
    /// Empties the folder of an earlier run's pictures and begins.
    pub(crate) fn begin(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "png") {
                fs::remove_file(&path)?;
            }
        }
        Ok(Self { folder: folder.to_owned(), began: Instant::now(), text: String::new(), pictures: 0 })
    }

    /// Adds one line and writes the file, so that a run that is cut off still tells how far it came.
    pub(crate) fn line(&mut self, what: impl AsRef<str>) -> Result<()> {
        let at = self.began.elapsed().as_secs_f64();
        println!("\x1b[36m{at:7.2} s\x1b[0m  {}", what.as_ref());
        let _ = writeln!(self.text, "{at:7.2} s  {}", what.as_ref());
        fs::write(self.folder.join("transcript.txt"), &self.text).context("cannot write the transcript")
    }

    /// Saves a picture with the next number.
    pub(crate) fn picture(&mut self, name: &str, frame: &Frame) -> Result<()> {
        self.pictures += 1;
        let file = format!("{:02}-{name}.png", self.pictures);
        frame.save(&self.folder.join(&file))?;
        self.line(format!("picture {file}"))
    }

    /// Waits until the display is still and saves it.
    pub(crate) fn settled_picture(&mut self, name: &str, display: &Display) -> Result<Frame> {
        let frame = display.settled(std::time::Duration::from_millis(400), std::time::Duration::from_secs(20))?;
        self.picture(name, &frame)?;
        Ok(frame)
    }

    /// Where pictures go.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

//! A scripted visitor: touches from a file, a picture after each page. See `tests/e2e/visitor.toml`.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::{display::Display, transcript::Transcript};

/// Waiting longer than this for one step means that the screen is stuck.
const STEP_LIMIT: Duration = Duration::from_secs(20);

/// What the visitor does, in order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    /// Size of the display in pixels that the points are for.
    pub(crate) size: [u32; 2],
    /// Where the text lies that the administrator changes afterwards: x, y, width, height.
    pub(crate) changed_text: [usize; 4],
    /// Steps.
    step: Vec<Step>,
    /// Steps that end the visit.
    leave: Vec<Step>,
}

/// One thing the visitor does.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// What it is, for the transcript.
    what: String,
    /// A touch.
    tap: Option<[i32; 2]>,
    /// A drag: from, to.
    drag: Option<[[i32; 2]; 2]>,
    /// Milliseconds to let pass first (a film plays, say).
    #[serde(default)]
    wait_ms: u64,
    /// Name of the picture to save once the screen is still.
    picture: Option<String>,
    /// The page never becomes still (a film, the attract loop): save the picture at once.
    #[serde(default)]
    moving: bool,
    /// The touch must change the picture. True unless stated.
    #[serde(default = "yes")]
    changes: bool,
}

fn yes() -> bool {
    true
}

impl Script {
    /// Reads a script.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is not a visitor script", path.display()))
    }

    /// Walks through it. A touch that changes nothing is an error that names the step.
    pub(crate) fn walk(&self, display: &Display, transcript: &mut Transcript) -> Result<()> {
        Self::take(&self.step, display, transcript)
    }

    /// Ends the visit.
    pub(crate) fn leave(&self, display: &Display, transcript: &mut Transcript) -> Result<()> {
        Self::take(&self.leave, display, transcript)
    }

    fn take(steps: &[Step], display: &Display, transcript: &mut Transcript) -> Result<()> {
        for step in steps {
            std::thread::sleep(Duration::from_millis(step.wait_ms));
            let before = display.frame()?;
            let began = std::time::Instant::now();
            match (step.tap, step.drag) {
                (Some([x, y]), None) => display.tap(x, y)?,
                (None, Some([[x0, y0], [x1, y1]])) => display.drag((x0, y0), (x1, y1))?,
                (None, None) => {}
                (Some(_), Some(_)) => bail!("the step “{}” both taps and drags", step.what),
            }
            if step.changes && (step.tap.is_some() || step.drag.is_some()) {
                display
                    .changed(&before, began, STEP_LIMIT)
                    .with_context(|| format!("the visitor's step “{}” had no effect", step.what))?;
            }
            transcript.line(format!("visitor: {}", step.what))?;
            let Some(name) = &step.picture else {
                if !step.moving {
                    display.settled(Duration::from_millis(300), STEP_LIMIT)?;
                }
                continue;
            };
            if step.moving {
                transcript.picture(name, &display.frame()?)?;
            } else {
                transcript.settled_picture(name, display)?;
            }
        }
        Ok(())
    }
}

//! A virtual display whose pixels can be read from memory: Xvfb writes its framebuffer to a file in X window dump
//! format, so that a picture costs a read instead of a round trip, and "when did this pixel change" has a millisecond
//! answer.

use std::{
    fs::{self, File},
    io::BufWriter,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use crate::process::{Running, wait_for};

/// A running Xvfb.
pub(crate) struct Display {
    number: u32,
    frame: PathBuf,
    _xvfb: Running,
}

/// Watches a part of the display.
pub(crate) struct Watcher(std::thread::JoinHandle<Result<Instant>>);

impl Watcher {
    /// The moment at which the part began to look as it has stayed since.
    pub(crate) fn finish(self) -> Result<Instant> {
        self.0.join().map_err(|_| anyhow::anyhow!("watching the display failed"))?
    }
}

/// One picture of the display, as the display keeps it: looking for a change costs a comparison of memory and no more,
/// so that who measures does not slow down what is measured.
#[derive(Clone)]
pub(crate) struct Frame {
    width: usize,
    height: usize,
    /// Bytes from one row to the next.
    stride: usize,
    /// Blue first, or unused, red, green, blue.
    little: bool,
    /// Pixels of 32 bits.
    bytes: Vec<u8>,
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        (self.width, self.height) == (other.width, other.height)
            && (self.bytes == other.bytes || self.pixels().eq(other.pixels()))
    }
}

impl Display {
    /// Starts a display of that size in pixels, on the first free number from 90.
    pub(crate) fn start(width: u32, height: u32, folder: &Path) -> Result<Self> {
        let number = (90..200)
            .find(|n| !Path::new(&format!("/tmp/.X11-unix/X{n}")).exists() && !Path::new(&format!("/tmp/.X{n}-lock")).exists())
            .context("no free display number between 90 and 199")?;
        let fb = folder.join(format!("framebuffer-{number}"));
        fs::create_dir_all(&fb)?;
        let log = folder.join("xvfb.log");
        let mut command = Command::new("Xvfb");
        command
            .arg(format!(":{number}"))
            .args(["-screen", "0", &format!("{width}x{height}x24"), "-nolisten", "tcp", "-dpms", "-s", "0", "-fbdir"])
            .arg(&fb);
        let mut xvfb = Running::start("Xvfb", &mut command, &log)?;
        let frame = fb.join("Xvfb_screen0");
        wait_for("the virtual display", Duration::from_secs(15), || {
            xvfb.check(&log)?;
            Ok(Path::new(&format!("/tmp/.X11-unix/X{number}")).exists().then_some(()))
        })?;
        let display = Self { number, frame, _xvfb: xvfb };
        // The file is there before its header is.
        wait_for("the framebuffer", Duration::from_secs(5), || Ok(display.frame().is_ok().then_some(())))?;
        Ok(display)
    }

    /// For `DISPLAY`.
    pub(crate) fn name(&self) -> String {
        format!(":{}", self.number)
    }

    /// What is on it now.
    pub(crate) fn frame(&self) -> Result<Frame> {
        Frame::from_xwd(&fs::read(&self.frame).context("the virtual display's framebuffer is gone")?)
    }

    /// Every [`GLANCE_ROWS`]th row of what is on it now: for waiting, as reading the whole display again and again takes
    /// the processor from whoever draws. `whole`: any picture of this display.
    pub(crate) fn glance(&self, whole: &Frame) -> Result<Frame> {
        let file = File::open(&self.frame).context("the virtual display's framebuffer is gone")?;
        let start = file.metadata()?.len() - whole.bytes.len() as u64;
        let mut bytes = vec![0; whole.height.div_ceil(GLANCE_ROWS) * whole.stride];
        for (row, into) in bytes.chunks_exact_mut(whole.stride).enumerate() {
            file.read_exact_at(into, start + (row * GLANCE_ROWS * whole.stride) as u64)?;
        }
        Ok(Frame { height: whole.height.div_ceil(GLANCE_ROWS), bytes, ..*whole })
    }

    /// Touches the glass at a point: press, a moment, release.
    pub(crate) fn tap(&self, x: i32, y: i32) -> Result<()> {
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string(), "mousedown", "1", "sleep", "0.06", "mouseup", "1"])
    }

    /// Drags from one point to another in ten steps.
    pub(crate) fn drag(&self, from: (i32, i32), to: (i32, i32)) -> Result<()> {
        let mut args: Vec<String> = ["mousemove".into(), from.0.to_string(), from.1.to_string(), "mousedown".into(), "1".into()].into();
        for step in 1..=10 {
            let along = |a: i32, b: i32| (a + (b - a) * step / 10).to_string();
            args.extend(["mousemove".into(), along(from.0, to.0), along(from.1, to.1), "sleep".into(), "0.02".into()]);
        }
        args.extend(["mouseup".into(), "1".into()]);
        self.xdotool(&args.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn xdotool(&self, args: &[&str]) -> Result<()> {
        crate::process::run(Command::new("xdotool").args(args).env("DISPLAY", self.name()).stdout(Stdio::null()))
    }

    /// Waits until nothing has changed for `quiet`, and returns that picture.
    pub(crate) fn settled(&self, quiet: Duration, limit: Duration) -> Result<Frame> {
        let deadline = Instant::now() + limit;
        let mut last = self.frame()?;
        let mut since = Instant::now();
        while since.elapsed() < quiet {
            if Instant::now() > deadline {
                bail!("the screen was still changing after {} s", limit.as_secs());
            }
            std::thread::sleep(Duration::from_millis(30));
            let now = self.frame()?;
            if now != last {
                last = now;
                since = Instant::now();
            }
        }
        Ok(last)
    }

    /// Watches a part of the picture from a thread of its own until it has changed and then stayed for a second.
    pub(crate) fn watch(&self, part: [usize; 4], limit: Duration) -> Result<Watcher> {
        let path = self.frame.clone();
        let look = move || -> Result<Vec<u8>> { Ok(Frame::from_xwd(&fs::read(&path)?)?.part(part).flatten().collect()) };
        let before = look()?;
        let thread = std::thread::spawn(move || -> Result<Instant> {
            let began = Instant::now();
            let (mut last, mut since) = (before.clone(), None);
            loop {
                let now = look()?;
                let at = Instant::now();
                if now != last {
                    since = (now != before).then_some(at);
                    last = now;
                }
                match since {
                    Some(since) if at - since > Duration::from_secs(1) => return Ok(since),
                    _ if at - began > limit => bail!("it had not changed after {} s", limit.as_secs()),
                    _ => std::thread::sleep(Duration::from_millis(8)),
                }
            }
        });
        Ok(Watcher(thread))
    }

    /// Waits until the picture is no longer `before`; returns how long it took from `began`.
    pub(crate) fn changed(&self, before: &Frame, began: Instant, limit: Duration) -> Result<Duration> {
        loop {
            if self.frame()? != *before {
                return Ok(began.elapsed());
            }
            if began.elapsed() > limit {
                bail!("nothing changed on the screen within {} s", limit.as_secs());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Touches the glass and returns the time from then until something has changed in the rows around the finger. Only
    /// they are read: looking at the whole display all the time would take a core from whoever draws.
    pub(crate) fn tap_to_change(&self, x: i32, y: i32, limit: Duration) -> Result<Duration> {
        let frame = self.frame()?;
        let start = fs::metadata(&self.frame)?.len() as usize - frame.bytes.len();
        let (top, bottom) = ((y.max(FINGER_PX) - FINGER_PX) as usize, (y + FINGER_PX) as usize);
        let rows = top.min(frame.height) * frame.stride..bottom.min(frame.height) * frame.stride;
        let file = File::open(&self.frame)?;
        let mut now = vec![0; rows.len()];
        std::thread::scope(|scope| {
            let began = Instant::now();
            let finger = scope.spawn(|| self.tap(x, y));
            let changed = loop {
                file.read_exact_at(&mut now, (start + rows.start) as u64)?;
                if now != frame.bytes[rows.clone()] {
                    break Ok(began.elapsed());
                }
                if began.elapsed() > limit {
                    break Err(anyhow::anyhow!("nothing changed under the finger within {} s", limit.as_secs()));
                }
                std::thread::sleep(Duration::from_millis(1));
            };
            finger.join().map_err(|_| anyhow::anyhow!("touching the display failed"))??;
            changed
        })
    }
}

/// One row of so many is looked at while waiting.
const GLANCE_ROWS: usize = 16;
/// Rows above and below a finger that are looked at.
const FINGER_PX: i32 = 40;

impl Frame {
    /// Reads an X window dump of 32 bits a pixel, as Xvfb keeps it.
    fn from_xwd(bytes: &[u8]) -> Result<Self> {
        let word = |index: usize| -> Result<usize> {
            let at = index * 4;
            let four: [u8; 4] = bytes.get(at..at + 4).context("the framebuffer is shorter than its header")?.try_into()?;
            Ok(u32::from_be_bytes(four) as usize)
        };
        let (header, width, height) = (word(0)?, word(4)?, word(5)?);
        let (little, bits, stride, colours) = (word(7)? == 0, word(11)?, word(12)?, word(19)?);
        ensure!(bits == 32, "the framebuffer has {bits} bits a pixel instead of 32");
        let start = header + colours * 12;
        ensure!(bytes.len() >= start + stride * height, "the framebuffer is shorter than its size says");
        Ok(Self { width, height, stride, little, bytes: bytes[start..start + stride * height].to_vec() })
    }

    /// The rows that [`Display::glance`] would have seen of it.
    pub(crate) fn glanced(&self) -> Self {
        let rows = self.bytes.chunks_exact(self.stride).step_by(GLANCE_ROWS);
        Self { height: self.height.div_ceil(GLANCE_ROWS), bytes: rows.flatten().copied().collect(), ..*self }
    }

    /// Red, green and blue of each pixel, row by row.
    fn pixels(&self) -> impl Iterator<Item = [u8; 3]> {
        self.part([0, 0, self.width, self.height])
    }

    /// The pixels of a rectangle: x, y, width, height, cut to the picture.
    fn part(&self, [x, y, width, height]: [usize; 4]) -> impl Iterator<Item = [u8; 3]> {
        let (left, right) = (x.min(self.width), (x + width).min(self.width));
        let rows = y.min(self.height)..(y + height).min(self.height);
        rows.flat_map(move |row| self.bytes[row * self.stride + left * 4..row * self.stride + right * 4].chunks_exact(4))
            .map(|pixel| if self.little { [pixel[2], pixel[1], pixel[0]] } else { [pixel[1], pixel[2], pixel[3]] })
    }

    /// True if it is one colour all over: a screen with nothing on it.
    pub(crate) fn is_blank(&self) -> bool {
        let mut pixels = self.pixels();
        let first = pixels.next();
        pixels.all(|pixel| Some(pixel) == first)
    }

    /// Part of the pixels that differ by more than 12 of 255 in some channel, 0 to 1.
    pub(crate) fn difference(&self, other: &Self) -> f64 {
        if (self.width, self.height) != (other.width, other.height) {
            return 1.0;
        }
        let pairs = self.pixels().zip(other.pixels());
        let different = pairs.filter(|(a, b)| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > 12)).count();
        different as f64 / (self.width * self.height) as f64
    }

    /// Writes a PNG.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut encoder = png::Encoder::new(BufWriter::new(file), self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header()?.write_image_data(&self.pixels().flatten().collect::<Vec<_>>())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Frame;

    fn dump(width: u32, height: u32, pixels: &[[u8; 4]]) -> Vec<u8> {
        let mut header = [0_u32; 25];
        header[0] = 100;
        header[4] = width;
        header[5] = height;
        header[11] = 32;
        header[12] = width * 4;
        let mut bytes: Vec<u8> = header.iter().flat_map(|word| word.to_be_bytes()).collect();
        bytes.extend(pixels.iter().flatten());
        bytes
    }

    #[test]
    fn a_dump_is_read_as_rgb() {
        let frame = Frame::from_xwd(&dump(2, 1, &[[3, 2, 1, 0], [6, 5, 4, 0]])).unwrap();
        assert_eq!((frame.width, frame.height), (2, 1));
        assert_eq!(frame.pixels().collect::<Vec<_>>(), [[1, 2, 3], [4, 5, 6]]);
        assert_eq!(frame.part([1, 0, 9, 9]).collect::<Vec<_>>(), [[4, 5, 6]]);
    }

    #[test]
    fn a_cut_dump_is_an_error() {
        let whole = dump(2, 1, &[[3, 2, 1, 0], [6, 5, 4, 0]]);
        for length in 0..whole.len() {
            assert!(Frame::from_xwd(&whole[..length]).is_err(), "{length} bytes were accepted");
        }
    }

    #[test]
    fn difference_counts_pixels() {
        let a = Frame::from_xwd(&dump(2, 1, &[[0; 4]; 2])).unwrap();
        let b = Frame::from_xwd(&dump(2, 1, &[[0; 4], [0, 0, 200, 0]])).unwrap();
        assert_eq!(a.difference(&b), 0.5);
        assert!(a != b);
        // The fourth byte of a pixel is not seen.
        assert!(a == Frame::from_xwd(&dump(2, 1, &[[0, 0, 0, 255], [0; 4]])).unwrap());
        assert!(a.is_blank() && !b.is_blank());
    }
}

//! Real file systems to break: ext4 in a file behind a loop device, and one whose writes are all logged.
//!
//! The logged disk is qemu's `blklogwrites` (a file for the disk, a file for the log) exported as a file over FUSE, with
//! a loop device on top: every write and every flush that ext4 sends goes through it, in order.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// How long a mount point may be busy before that counts as an error.
const BUSY_MAX: Duration = Duration::from_secs(10);
/// Journal of the drill's file systems, in MiB: the least that ext4 takes.
const JOURNAL_MIB: u32 = 4;
/// How the file systems are mounted: ext4's defaults, no time stamps for reading.
const MOUNT_OPTIONS: &str = "noatime";

/// How the name of every drill's folder begins.
const SCRATCH: &str = "pingfeng-drill-";

/// Makes an ext4 file system of `mib` MiB in the file `image`.
pub(crate) fn make_ext4(image: &Path, mib: u64) -> Result<()> {
    File::create(image).with_context(|| image.display().to_string())?.set_len(mib << 20)?;
    let mut mkfs = Command::new("mkfs.ext4");
    mkfs.args(["-q", "-F", "-m", "0", "-b", "4096", "-N", "512", "-J", &format!("size={JOURNAL_MIB}")]);
    run(mkfs.args(["-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard"]).arg(image)).map(drop)
}

/// A file as a block device; detached when dropped.
#[derive(Debug)]
pub(crate) struct Loop {
    device: PathBuf,
}

impl Loop {
    /// Attaches `file`.
    pub(crate) fn attach(file: &Path) -> Result<Self> {
        let said = run(Command::new("losetup").args(["-f", "--show"]).arg(file))?;
        Ok(Self { device: PathBuf::from(said.trim()) })
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let _ = run(Command::new("losetup").arg("-d").arg(&self.device));
    }
}

/// A mounted file system; unmounted when dropped.
#[derive(Debug)]
pub(crate) struct Mount {
    folder: PathBuf,
    mounted: bool,
}

impl Mount {
    /// Mounts the loop device, which replays ext4's journal.
    pub(crate) fn new(device: &Loop, folder: &Path) -> Result<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-i", "-n", "-t", "ext4", "-o", MOUNT_OPTIONS]).arg(&device.device).arg(folder);
        run(&mut mount)?;
        Ok(Self { folder: folder.to_owned(), mounted: true })
    }

    /// Where.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Mounts it again so that nothing can be written, or so that it can.
    pub(crate) fn set_writable(&self, writable: bool) -> Result<()> {
        let options = if writable { "remount,rw" } else { "remount,ro" };
        run(Command::new("mount").args(["-i", "-n", "-o", options]).arg(&self.folder)).map(drop)
    }

    /// Unmounts, and says when that fails.
    pub(crate) fn unmount(mut self) -> Result<()> {
        self.mounted = false;
        let deadline = Instant::now() + BUSY_MAX;
        loop {
            match run(Command::new("umount").args(["-i", "-n"]).arg(&self.folder)) {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > deadline => return Err(error),
                // Something may still be looking at the file system.
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        if self.mounted {
            let _ = run(Command::new("umount").args(["-i", "-n", "-l"]).arg(&self.folder));
        }
    }
}

/// What a boot does with a file system that does not mount: `e2fsck -p`. True when it was repaired.
pub(crate) fn repair(device: &Loop) -> bool {
    let status = Command::new("e2fsck").arg("-p").arg(&device.device).output();
    // 1: errors were corrected; 2: corrected, and a restart is asked for.
    status.is_ok_and(|answer| answer.status.code().is_some_and(|code| code <= 2))
}

/// The logged disk; ended when dropped.
#[derive(Debug)]
pub(crate) struct LoggedDisk {
    daemon: std::process::Child,
    export: PathBuf,
}

impl LoggedDisk {
    /// Serves `image` as the file `<folder>/disk` and logs what is written to it in `log`, which is made anew.
    pub(crate) fn start(image: &Path, log: &Path, folder: &Path) -> Result<Self> {
        let export = folder.join("disk");
        File::create(&export)?;
        // Sparse: qemu's file driver does not let it grow.
        File::create(log)?.set_len(1 << 33)?;
        let mut daemon = Command::new("qemu-storage-daemon");
        daemon.arg("--blockdev").arg(format!("driver=file,node-name=image,filename={}", image.display()));
        daemon.arg("--blockdev").arg(format!("driver=file,node-name=log,filename={}", log.display()));
        daemon.args([
            "--blockdev",
            // The superblock, which counts the entries, is written with each of them: promises are dated by it.
            "driver=blklogwrites,node-name=logged,file=image,log=log,log-sector-size=512,log-super-update-interval=1",
        ]);
        daemon
            .arg("--export")
            .arg(format!("type=fuse,id=disk,node-name=logged,mountpoint={},writable=on", export.display()));
        let daemon = daemon.spawn().context("could not start qemu-storage-daemon")?;
        let mut disk = Self { daemon, export };
        let bytes = fs::metadata(image)?.len();
        let deadline = Instant::now() + BUSY_MAX;
        while fs::metadata(&disk.export)?.len() != bytes {
            if let Some(status) = disk.daemon.try_wait()? {
                bail!("qemu-storage-daemon ended with {status}: it needs FUSE (/dev/fuse) and root");
            }
            ensure!(Instant::now() < deadline, "qemu-storage-daemon does not serve the disk");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(disk)
    }

    /// From now on every request to the disk fails, as when its cable is pulled.
    pub(crate) fn pull(&mut self) -> Result<()> {
        Ok(self.daemon.kill()?)
    }

    /// The file that is the disk.
    pub(crate) fn file(&self) -> &Path {
        &self.export
    }
}

impl Drop for LoggedDisk {
    fn drop(&mut self) {
        let _ = run(Command::new("umount").arg(&self.export));
        // SIGTERM ends it in order, with the log complete.
        let _ = run(Command::new("kill").arg(self.daemon.id().to_string()));
        let _ = self.daemon.wait();
    }
}

/// How the folder of the drill with this process id begins.
pub(crate) fn scratch_prefix(pid: u32) -> String {
    format!("{SCRATCH}{pid}-")
}

/// Takes down what drills left in `folder` that were killed: mounts, loop devices, images.
pub(crate) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some((pid, _)) = name.strip_prefix(SCRATCH).and_then(|rest| rest.split_once('-')) else { continue };
        if Path::new("/proc").join(pid).exists() {
            continue;
        }
        let inside = path.to_string_lossy().into_owned() + "/";
        // Best effort from here on: what cannot be taken down costs memory, no more.
        let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
        for mounted in mounts.lines().rev().filter_map(|line| line.split(' ').nth(1)) {
            if mounted.starts_with(&inside) {
                let _ = run(Command::new("umount").args(["-i", "-n", "-l", mounted]));
            }
        }
        for line in run(Command::new("losetup").arg("-a")).unwrap_or_default().lines() {
            if let Some((device, _)) = line.split_once(':').filter(|_| line.contains(&inside)) {
                let _ = run(Command::new("losetup").args(["-d", device]));
            }
        }
        let _ = fs::remove_dir_all(&path);
    }
}

/// Says what is missing on this machine; empty: everything is there.
pub(crate) fn missing() -> Vec<&'static str> {
    const PROGRAMS: [(&str, &str); 6] = [
        ("qemu-storage-daemon", "qemu-storage-daemon (Debian 12: qemu-system-common, later: qemu-utils)"),
        ("mkfs.ext4", "mkfs.ext4 (e2fsprogs)"),
        ("e2fsck", "e2fsck (e2fsprogs)"),
        ("losetup", "losetup (mount)"),
        ("mount", "mount (mount)"),
        ("faketime", "faketime (faketime)"),
    ];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = |program: &str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let mut missing: Vec<_> =
        PROGRAMS.iter().filter(|(program, _)| !on_path(program)).map(|(_, words)| *words).collect();
    if !rustix::process::geteuid().is_root() {
        missing.push("root: file systems are mounted (run with sudo)");
    }
    for (device, words) in
        [("/dev/loop-control", "loop devices (modprobe loop)"), ("/dev/fuse", "FUSE (modprobe fuse)")]
    {
        if !Path::new(device).exists() {
            missing.push(words);
        }
    }
    missing
}

/// Runs to the end and returns what was said; an exit code other than 0 is an error.
pub(crate) fn run(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("could not start {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

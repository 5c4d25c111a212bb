//! `pingfeng`: the screen. The only place of the screen that reads the real clock.

use std::{
    env,
    io::IsTerminal,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use bevy::math::UVec2;
use clap::{Parser, Subcommand};
use jiff::tz::TimeZone;
use pingfeng::{
    ScreenOptions,
    bridge::Bridge,
    config::{Config, MotionChoice},
    doctor, enrolment,
    input::{ScannerDevices, RecordedAct, RecordedStep},
    offscreen_app,
    stage::{Exhibition, FolderComing, FolderOpened},
    theme::Motion,
    window_app,
};
use pingfeng_content::model::{Lang, ThemeName};
use pingfeng_link::neighbour::NeighbourConfig;
use pingfeng_link::{Clock, Identity, Link, LinkConfig, Outbox, SystemClock, enrol};
use pingfeng_release::{
    store::{RealDisk, Store, StoreOptions},
    trust::TrustState,
};
use pingfeng_wire::Origin;

#[derive(Parser)]
#[command(version, about = "The screen: a touch exhibition that refreshes itself")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the screen.
    Run(RunArguments),
    /// Draws one page to a picture, without a window or a display.
    Render(RenderArguments),
    /// Makes this device known to a hub with a one-time code.
    Enrol(EnrolArguments),
    /// Looks at everything the screen needs and says what to do where something is wrong.
    Doctor(ConfigArguments),
}

#[derive(clap::Args)]
struct ConfigArguments {
    /// `device.toml`.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Wins over `state` in the configuration.
    #[arg(long)]
    state: Option<PathBuf>,
    /// Wins over `exhibition` in the configuration.
    #[arg(long)]
    exhibition: Option<PathBuf>,
}

#[derive(clap::Args)]
struct RunArguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// Shows the folder's exhibition even where there is a release, and no hub is asked: for authors.
    #[arg(long)]
    dev: bool,
    /// In a window of this size instead of over the whole display.
    #[arg(long, value_parser = size)]
    windowed: Option<UVec2>,
    /// Where shuffles begin, so that a rehearsed visit meets the same questions in the same order.
    #[arg(long)]
    seed: Option<u64>,
}

#[derive(clap::Args)]
struct RenderArguments {
    /// Id of the scene.
    scene: String,
    /// Real pixels.
    #[arg(long, default_value = "1080x1920", value_parser = size)]
    size: UVec2,
    /// When the picture is taken, counted from the last tap: such as 2s.
    #[arg(long, default_value = "1s", value_parser = seconds)]
    at: f32,
    /// A tap in logical page pixels, `x,y` or `x,y@seconds`; without a time 0.8 s after the one before.
    #[arg(long, value_name = "X,Y[@T]")]
    tap: Vec<String>,
    /// The picture, PNG or JPEG.
    #[arg(long)]
    out: PathBuf,
    /// Folder of an exhibition.
    #[arg(long)]
    exhibition: Option<PathBuf>,
    /// Where its prepared pictures are kept.
    #[arg(long, env = "PINGFENG_CACHE")]
    cache: Option<PathBuf>,
    /// zhusha, chenguang, yezhan or su.
    #[arg(long, value_parser = theme)]
    theme: Option<ThemeName>,
    /// zh-CN or en.
    #[arg(long, value_parser = lang)]
    lang: Option<Lang>,
    /// 1.0, 1.3 or 1.6.
    #[arg(long)]
    text_scale: Option<f32>,
}

#[derive(clap::Args)]
struct EnrolArguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// Address of the hub: https://hub.local:8443
    #[arg(long)]
    hub: String,
    /// The one-time code shown in the console.
    #[arg(long)]
    code: String,
    /// Fingerprint of the hub's authority, shown beside the code.
    #[arg(long, conflicts_with = "authority", required_unless_present = "authority")]
    fingerprint: Option<String>,
    /// The hub's authority as a PEM file, instead of its fingerprint.
    #[arg(long)]
    authority: Option<PathBuf>,
    /// Fingerprint of the site's root as its keepers have it on paper. Where the hub's differs, nothing is written.
    #[arg(long)]
    root_fingerprint: Option<String>,
    /// Forgets the root that this device knows, where its keepers have had to make a new one.
    #[arg(long, requires = "root_fingerprint")]
    replace_root: bool,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "warn,pingfeng=info,pingfeng_link=info,wgpu_hal=error,bevy_render=error".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    let outcome = match Arguments::parse().command {
        Command::Run(arguments) => run(arguments),
        Command::Render(arguments) => render(arguments),
        Command::Enrol(arguments) => enrol_device(arguments),
        Command::Doctor(arguments) => examine(arguments),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn config(arguments: &ConfigArguments) -> Result<Config> {
    let mut config = match &arguments.config {
        Some(path) => Config::read(path)?,
        None => Config::default(),
    };
    if let Some(state) = &arguments.state {
        config.state.clone_from(state);
    } else if arguments.config.is_none() {
        // Without a configuration nothing is written outside the user's own folders.
        config.state = own_folder("XDG_STATE_HOME", ".local/state");
    }
    if arguments.exhibition.is_some() {
        config.exhibition.clone_from(&arguments.exhibition);
    }
    Ok(config)
}

fn own_folder(variable: &str, below_home: &str) -> PathBuf {
    env::var_os(variable)
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(below_home)))
        .unwrap_or_else(|| PathBuf::from("."))
        .join("pingfeng")
}

/// How long the window waits for the folder before it opens with the built-in page.
const FOLDER_WAIT: Duration = Duration::from_secs(1);

fn run(arguments: RunArguments) -> Result<ExitCode> {
    let config = config(&arguments.config)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());

    // 1. The last release; else the exhibition in the folder; else the built-in page.
    let store = (!arguments.dev).then(|| Store::open(&config.store(), StoreOptions::default(), Arc::new(RealDisk)));
    let store = match store {
        Some(Ok(store)) => Some(store),
        Some(Err(error)) => {
            tracing::error!(%error, "the store cannot be opened; nothing can be fetched");
            None
        }
        None => None,
    };
    let from_store = store.as_ref().and_then(Store::active).and_then(|release| {
        Exhibition::open(release.clone(), Origin::Release)
            .inspect_err(|error| tracing::error!(%error, "the active release cannot be opened"))
            .ok()
    });
    let from_folder = config.exhibition.clone().and_then(|folder| {
        FolderComing::begin(folder, config.cache())
            .inspect_err(|error| tracing::error!(%error, "the exhibition in the folder is not opened"))
            .ok()
    });
    let has_release = from_store.is_some();

    // 2. The screen.
    let mut options = ScreenOptions::new(from_store.unwrap_or_else(Exhibition::fallback));
    options.theme = config.theme;
    options.lang = config.language;
    options.motion = match config.motion {
        MotionChoice::Auto => None,
        MotionChoice::Full => Some(Motion::Full),
        MotionChoice::Reduced => Some(Motion::Reduced),
    };
    options.zone = TimeZone::system();
    options.seed = arguments.seed.unwrap_or_else(|| clock.wall_ms());
    let windowed = arguments.windowed.or(config.display.windowed.map(UVec2::from_array));
    options.panel = config.display.clone();
    let mut app = window_app(options, windowed);
    app.insert_resource(ScannerDevices(config.scanner.devices.clone()));

    // 3. The link, which wakes a sleeping screen.
    if !arguments.dev {
        let identity = Identity::load(&config.identity()).unwrap_or_else(|error| {
            tracing::error!(%error, "this device does not know who it is");
            None
        });
        let outbox = Outbox::open(&config.outbox())
            .inspect_err(|error| tracing::error!(%error, "the outbox cannot be opened; nothing can be saved"))
            .ok();
        let wake = pingfeng::damage::waker(&app);
        let link_config = LinkConfig {
            identity,
            identity_file: Some(config.identity()),
            program: env!("CARGO_PKG_VERSION").into(),
            accept: config.accept,
            import: config.import.folders.clone(),
            neighbours: Some(NeighbourConfig::on_lan()),
            seed: clock.wall_ms(),
            wake,
        };
        let link = Link::start(link_config, clock.clone(), store, outbox).context("the link cannot be started")?;
        app.insert_resource(Bridge::new(link, clock)).add_plugins(pingfeng::bridge::plugin);
    }

    // 4. The folder has been opened in the meantime, unless its pictures have to be prepared first.
    if let Some(coming) = from_folder {
        match coming.within(if has_release { Duration::ZERO } else { FOLDER_WAIT }) {
            Some(exhibition) => {
                if !has_release {
                    app.insert_resource(exhibition.clone());
                }
                app.world_mut().write_message(FolderOpened(exhibition));
            }
            None => coming.follow(&mut app),
        }
    }

    let exit = app.run();
    Ok(if exit.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn render(arguments: RenderArguments) -> Result<ExitCode> {
    let exhibition = match &arguments.exhibition {
        Some(folder) => {
            let cache = arguments.cache.unwrap_or_else(|| own_folder("XDG_CACHE_HOME", ".cache"));
            Exhibition::open_folder(folder, &cache).with_context(|| folder.display().to_string())?
        }
        None => Exhibition::fallback(),
    };
    let scene = arguments.scene.as_str();
    if !exhibition.compiled.scenes.is_empty() && !exhibition.compiled.scenes.contains_key(&scene.into()) {
        let scenes: Vec<_> = exhibition.compiled.scenes.keys().map(|id| id.as_str()).collect();
        bail!("there is no scene `{scene}`; there are {}", scenes.join(", "));
    }
    let mut options = ScreenOptions::new(exhibition);
    options.scene = Some(scene.into());
    options.theme = arguments.theme;
    options.lang = arguments.lang;
    options.text_scale = arguments.text_scale;
    let taps = taps(&arguments.tap)?;
    let last_s = taps.last().map_or(0.0, |tap| tap.at_s);
    let mut screen = offscreen_app(options, arguments.size, taps);
    screen.run(last_s + arguments.at);
    let picture = screen.picture().context("no frame could be drawn; see `pingfeng doctor`")?;
    picture.save(&arguments.out).with_context(|| arguments.out.display().to_string())?;
    Ok(ExitCode::SUCCESS)
}

fn enrol_device(arguments: EnrolArguments) -> Result<ExitCode> {
    let config = config(&arguments.config)?;
    let trust = match (arguments.fingerprint, arguments.authority) {
        (Some(fingerprint), _) => enrol::HubTrust::Fingerprint(fingerprint),
        (None, Some(path)) => {
            enrol::HubTrust::AuthorityPem(std::fs::read_to_string(&path).with_context(|| path.display().to_string())?)
        }
        (None, None) => bail!("give the hub's --fingerprint, or its --authority as a file"),
    };
    let invitation = enrol::Invitation {
        hub: arguments.hub,
        code: arguments.code,
        trust,
        program: env!("CARGO_PKG_VERSION").into(),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
    };
    // The disk first: a code is good once.
    std::fs::create_dir_all(&config.state).with_context(|| config.state.display().to_string())?;
    let mut store = Store::open(&config.store(), StoreOptions::default(), Arc::new(RealDisk))
        .context("the store cannot be opened; end the screen that is running, then enrol")?;
    let enrolled = enrol::enrol(&invitation, SystemClock::new().wall_ms())?;
    let wish = enrol::RootWish { fingerprint: arguments.root_fingerprint.as_deref(), replace: arguments.replace_root };
    for line in enrolment::settle(&config, &mut store, &enrolled, &wish, compared)? {
        println!("{line}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks whoever enrols to compare. A script that gives no `--root-fingerprint` has nobody to ask; it is told what to
/// compare afterwards.
fn compared(state: &TrustState) -> bool {
    if !std::io::stdin().is_terminal() {
        return true;
    }
    println!("{}\nDoes the fingerprint agree with the one that the keepers of the root have? [y/N] ", enrolment::describe(state));
    let mut answer = String::new();
    // Nobody there to answer means no.
    std::io::stdin().read_line(&mut answer).is_ok() && matches!(answer.trim(), "y" | "Y" | "yes" | "是")
}

fn examine(arguments: ConfigArguments) -> Result<ExitCode> {
    // A driver that fails panics in its own words; the line says it in ours.
    std::panic::set_hook(Box::new(|_| {}));
    let mut wrong = 0;
    for line in doctor::examine(&config(&arguments)?, &SystemClock::new()) {
        match line.found {
            Ok(found) => println!("ok   {}: {found}", line.what),
            Err(fix) => {
                wrong += 1;
                println!("fix  {}: {}\n     → {}", line.what, fix.wrong, fix.remedy);
            }
        }
    }
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn taps(texts: &[String]) -> Result<Vec<RecordedStep>> {
    let mut at_s = 0.0;
    texts
        .iter()
        .map(|text| {
            let (point, time) = text.split_once('@').unwrap_or((text, ""));
            at_s = if time.is_empty() { at_s + 0.8 } else { seconds(time).map_err(anyhow::Error::msg)? };
            let (x, y) = point.split_once(',').with_context(|| format!("`{text}`: a tap is x,y or x,y@seconds"))?;
            Ok(RecordedStep { at_s, finger: 0, act: RecordedAct::Tap, x: x.trim().parse()?, y: y.trim().parse()? })
        })
        .collect()
}

fn size(text: &str) -> Result<UVec2, String> {
    let wrong = || format!("`{text}`: a size is WIDTHxHEIGHT, such as 1080x1920");
    let (width, height) = text.split_once('x').ok_or_else(wrong)?;
    let size = UVec2::new(width.parse().map_err(|_| wrong())?, height.parse().map_err(|_| wrong())?);
    if size.min_element() < 64 || size.max_element() > 8192 {
        return Err(format!("`{text}`: from 64 to 8192 pixels"));
    }
    Ok(size)
}

fn seconds(text: &str) -> Result<f32, String> {
    match text.trim_end_matches('s').parse::<f32>() {
        Ok(seconds) if (0.0..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err(format!("`{text}`: seconds, such as 2s, at most 3600")),
    }
}

fn theme(text: &str) -> Result<ThemeName, String> {
    serde_json::from_value(text.into()).map_err(|_| format!("`{text}`: zhusha, chenguang, yezhan or su"))
}

fn lang(text: &str) -> Result<Lang, String> {
    serde_json::from_value(text.into()).map_err(|_| format!("`{text}`: zh-CN or en"))
}

//! `pingfeng-hub`: arguments and signals; everything else is in the library.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Parser, Subcommand};
use pingfeng_hub::{
    Clock, Config, Settings,
    import::{Import, import},
    serve,
};
use tokio::signal::unix::{SignalKind, signal};

/// The hub of Pingfeng: it refreshes the screens of an exhibition hall.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the hub until it is told to stop.
    Serve {
        /// Folder of everything the hub keeps; made at the first start.
        #[arg(long, env = "PINGFENG_HUB_DATA")]
        data: PathBuf,
        /// Configuration; without it, the defaults of kiosk-config/hub.toml.
        #[arg(long, env = "PINGFENG_HUB_CONFIG")]
        config: Option<PathBuf>,
        /// Built console.
        #[arg(long, env = "PINGFENG_HUB_CONSOLE")]
        console: Option<PathBuf>,
        /// Address of console and REST, instead of the configuration's; port 0 takes a free one.
        #[arg(long)]
        https: Option<std::net::SocketAddr>,
        /// Address for screens, instead of the configuration's; port 0 takes a free one.
        #[arg(long)]
        mqtt: Option<std::net::SocketAddr>,
        /// When running, write addresses, set-up link and fingerprint to this file as JSON, readable by its owner only.
        #[arg(long)]
        ready_file: Option<PathBuf>,
        /// Logs as JSON lines.
        #[arg(long)]
        log_json: bool,
    },
    /// Put an exhibition into a hub that is not running, as the target of a group. Prints one line of JSON.
    Import {
        /// Folder of everything the hub keeps; made at the first start.
        #[arg(long, env = "PINGFENG_HUB_DATA")]
        data: PathBuf,
        /// Configuration; without it, the defaults of kiosk-config/hub.toml.
        #[arg(long, env = "PINGFENG_HUB_CONFIG")]
        config: Option<PathBuf>,
        /// The exhibition's folder.
        #[arg(long)]
        exhibition: PathBuf,
        /// Name of the group; made if there is none.
        #[arg(long)]
        group: String,
        /// Name of the site; made if there is none.
        #[arg(long)]
        site: String,
        /// Make a one-time code for a screen of this name.
        #[arg(long)]
        enrol: Option<String>,
        /// Somebody expected at the exhibition's events, as `code,name`; may be given again.
        #[arg(long = "attendee")]
        attendees: Vec<String>,
    },
    /// Print the OpenAPI document of the REST interface.
    Openapi,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Openapi => {
            println!("{}", serde_json::to_string_pretty(&pingfeng_hub::routes::openapi())?);
            Ok(())
        }
        Command::Import { data, config, exhibition, group, site, enrol, attendees } => {
            start_logging(false);
            let settings = config.as_deref().map_or_else(|| Ok(Settings::default()), Settings::read)?;
            let config = Config { data, console: None, settings, clock: Clock::system() };
            let wanted = Import { exhibition, group, site, enrol, attendees };
            let imported = tokio::runtime::Runtime::new().context("starting")?.block_on(import(config, &wanted))?;
            println!("{}", serde_json::to_string(&imported)?);
            Ok(())
        }
        Command::Serve { data, config, console, https, mqtt, ready_file, log_json } => {
            start_logging(log_json);
            let mut settings = match &config {
                Some(path) => Settings::read(path)?,
                None => Settings::default(),
            };
            settings.listen.https = https.unwrap_or(settings.listen.https);
            settings.listen.mqtt = mqtt.unwrap_or(settings.listen.mqtt);
            let config = Config { data, console, settings, clock: Clock::system() };
            tokio::runtime::Runtime::new().context("starting")?.block_on(run(config, ready_file))
        }
    }
}

async fn run(config: Config, ready_file: Option<PathBuf>) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("signals")?;
    let running = serve(config).await?;
    // On the terminal, not in the log: the link makes whoever has it the first administrator.
    println!("console      {}", running.console_url());
    if let Some(mqtt) = running.mqtt_addr {
        println!("screens      {mqtt} (MQTT 5 over TLS)");
    }
    println!("fingerprint  {}", running.fingerprint);
    if let Some(link) = running.setup_url() {
        println!("set-up link  {link}  (good once, until the next start)");
    }
    if let Some(path) = ready_file {
        let ready = serde_json::json!({
            "https": running.https_addr,
            "mqtt": running.mqtt_addr,
            "console_url": running.console_url(),
            "setup_url": running.setup_url(),
            "setup_token": running.setup_token,
            "fingerprint": running.fingerprint,
            "authority_pem": running.authority_pem,
        });
        let json = serde_json::to_vec_pretty(&ready)?;
        pingfeng_hub::disk::write(&path, &json, pingfeng_hub::disk::Readers::Owner)
            .with_context(|| path.display().to_string())?;
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    running.shutdown().await;
    Ok(())
}

fn start_logging(json: bool) {
    use tracing_subscriber::EnvFilter;
    // The broker's own warnings about refused clients repeat ours.
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,mqtt5=error,sqlx=warn,sea_orm=warn,rumqttc=warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json { builder.json().init() } else { builder.init() }
}

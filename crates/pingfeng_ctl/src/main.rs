//! `pingfengctl`: what an editor and an integrator do at a terminal – validate an exhibition, build a release of it,
//! look into a release, write the JSON Schemas that editors complete from – and what people who hold keys do at theirs:
//! make keys, sign, and check what a device would say.

mod build;
mod inspect;
mod pack;
mod release;
mod schema;
mod show;
mod signing;
mod source;
mod validate;

use std::{path::PathBuf, process::ExitCode, time::SystemTime};

use clap::{Parser, Subcommand, ValueEnum};
use pingfeng_content::Lang;

/// Tools for the exhibitions of Pingfeng 屏风.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    order: Order,
}

#[derive(Subcommand)]
enum Order {
    /// Look for mistakes in an exhibition. Exit code 1 if there are errors.
    Validate {
        /// The exhibition: a folder or a zip.
        exhibition: PathBuf,
        /// Findings as JSON, for programs.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Build a release of an exhibition: blobs named by their hash, and a manifest.
    Build {
        /// The exhibition: a folder or a zip.
        exhibition: PathBuf,
        /// Where to put `manifest.json` and `blobs/`.
        #[arg(long)]
        out: PathBuf,
        /// Version of the release; only rises.
        #[arg(long = "release-version", default_value_t = 1)]
        version: u64,
        #[command(flatten)]
        common: Common,
    },
    /// List what a release consists of, and check every file. Exit code 1 if something is missing or damaged.
    Inspect {
        /// The folder that `build --out` wrote, or a pack.
        release: PathBuf,
    },
    /// Write a built release as one file: cut into chunks, each once, compressed. The same release gives the same bytes.
    Pack {
        /// The folder that `build --out` wrote.
        release: PathBuf,
        /// The file to write, for example `shanhe-12.pfr`.
        #[arg(long)]
        out: PathBuf,
        #[arg(long, value_enum, env = "PINGFENG_LANG", default_value_t = Tongue::Zh)]
        lang: Tongue,
    },
    /// Put every file of a pack together and check it. Exit code 1 if something is missing or damaged.
    Verify {
        /// A pack.
        pack: PathBuf,
        #[arg(long, value_enum, env = "PINGFENG_LANG", default_value_t = Tongue::Zh)]
        lang: Tongue,
    },
    /// List the files that differ between two releases, and what a screen with the first would fetch for the second.
    /// Exit code 1 if they differ.
    Diff {
        /// What is there: a folder of `build --out`, or a pack.
        old: PathBuf,
        /// What is to come: a pack; of a folder only the files are compared.
        new: PathBuf,
        /// Only what it costs to fetch, as JSON, for programs.
        #[arg(long)]
        json: bool,
        #[arg(long, value_enum, env = "PINGFENG_LANG", default_value_t = Tongue::Zh)]
        lang: Tongue,
    },
    /// Write the JSON Schema of every document kind.
    Schema {
        /// Folder for one file a kind.
        #[arg(long, default_value = "docs/formats/schema")]
        out: PathBuf,
    },
    #[command(flatten)]
    Signing(signing::Order),
}

#[derive(clap::Args)]
struct Common {
    /// Language of the findings.
    #[arg(long, value_enum, env = "PINGFENG_LANG", default_value_t = Tongue::Zh)]
    lang: Tongue,
    /// Folder for prepared pictures; may be deleted at any time.
    #[arg(long, env = "PINGFENG_CACHE")]
    cache: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Tongue {
    Zh,
    En,
}

impl From<Tongue> for Lang {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::Zh => Lang::ZhCn,
            Tongue::En => Lang::En,
        }
    }
}

impl Common {
    fn lang(&self) -> Lang {
        self.lang.into()
    }

    fn cache(&self) -> PathBuf {
        let home = |variable: &str| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
        self.cache
            .clone()
            .or_else(|| home("XDG_CACHE_HOME").map(|cache| cache.join("pingfeng")))
            .or_else(|| home("HOME").map(|home| home.join(".cache/pingfeng")))
            .unwrap_or_else(|| PathBuf::from(".pingfeng-cache"))
    }
}

fn main() -> ExitCode {
    // The only clock of this program.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    let done = match Arguments::parse().order {
        Order::Validate { exhibition, json, common } => {
            validate::validate(&exhibition, json, common.lang(), &common.cache())
        }
        Order::Build { exhibition, out, version, common } => {
            build::build(&exhibition, &out, version, now_ms, common.lang(), &common.cache())
        }
        Order::Inspect { release } => inspect::inspect(&release),
        Order::Pack { release, out, lang } => pack::pack(&release, &out, lang.into()),
        Order::Verify { pack, lang } => pack::verify(&pack, lang.into()),
        Order::Diff { old, new, json, lang } => pack::diff(&old, &new, json, lang.into()),
        Order::Schema { out } => schema::write(&out).map(|()| true),
        Order::Signing(order) => signing::run(order, now_ms),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("pingfengctl: {error:#}");
            ExitCode::from(2)
        }
    }
}

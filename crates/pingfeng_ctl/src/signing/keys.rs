//! `pingfengctl key`.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::Subcommand;
use pingfeng_content::Lang;
use pingfeng_release::trust::{FileKey, KEY_FILE_BYTES_MAX};
use rand::TryRng as _;
use zeroize::Zeroizing;

use super::Language;

/// Characters of a passphrase: with scrypt as it is set, ten at random outlast a lifetime of guessing.
const PASSPHRASE_CHARS_MIN: usize = 10;
/// Characters of a passphrase, so that a wrong file is not taken for one.
const PASSPHRASE_CHARS_MAX: usize = 1024;

#[derive(Subcommand)]
pub(crate) enum Order {
    /// Make a key under a passphrase, and print its public half for the roster.
    New {
        /// The file to write; never one that is there.
        #[arg(long)]
        out: PathBuf,
        /// A file whose first line is the passphrase; without it the terminal asks.
        #[arg(long, env = "PINGFENG_PASSPHRASE_FILE")]
        passphrase_file: Option<PathBuf>,
        #[command(flatten)]
        language: Language,
    },
    /// Print the public half of a key, and its id.
    Show {
        /// The key file.
        key: PathBuf,
        /// A file whose first line is the passphrase; without it the terminal asks.
        #[arg(long, env = "PINGFENG_PASSPHRASE_FILE")]
        passphrase_file: Option<PathBuf>,
        #[command(flatten)]
        language: Language,
    },
}

pub(super) fn run(order: Order) -> Result<bool> {
    match order {
        Order::New { out, passphrase_file, language } => {
            new(&out, passphrase_file.as_deref(), language.lang.into())?;
        }
        Order::Show { key, passphrase_file, language } => {
            show(&open(&key, passphrase_file.as_deref(), language.lang.into())?);
        }
    }
    Ok(true)
}

fn new(out: &Path, passphrase_file: Option<&Path>, lang: Lang) -> Result<()> {
    // Before anybody has thought of a passphrase.
    super::ensure_new(out)?;
    let passphrase = match passphrase_file {
        Some(path) => from_file(path)?,
        None => ask_twice(lang)?,
    };
    let chars = passphrase.chars().count();
    ensure!(
        (PASSPHRASE_CHARS_MIN..=PASSPHRASE_CHARS_MAX).contains(&chars),
        "{}",
        match lang {
            Lang::ZhCn => format!("口令有 {chars} 个字符，须有 {PASSPHRASE_CHARS_MIN} 至 {PASSPHRASE_CHARS_MAX} 个"),
            Lang::En => format!(
                "the passphrase has {chars} characters, it must have {PASSPHRASE_CHARS_MIN} to {PASSPHRASE_CHARS_MAX}"
            ),
        }
    );
    let (mut seed, mut salt, mut iv) = (Zeroizing::new([0; 32]), [0; 16], [0; 16]);
    for bytes in [&mut seed[..], &mut salt, &mut iv] {
        rand::rngs::SysRng.try_fill_bytes(bytes).context("the system's random source")?;
    }
    let key = FileKey::from_seed(&seed);
    let pem = key.to_pem(&passphrase, &salt, iv)?;
    // Whoever else has an account on this machine does not even get to guess.
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(out);
    let mut file = match opened {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => bail!("{} is there already", out.display()),
        opened => opened.with_context(|| out.display().to_string())?,
    };
    let written = file.write_all(pem.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a key opens nothing.
        let _ = fs::remove_file(out);
    }
    written.with_context(|| out.display().to_string())?;
    show(&key);
    match lang {
        Lang::ZhCn => eprintln!("{}：新密钥。把上面第一行交给管理名册的人；文件自己保管，另存一份备份", out.display()),
        Lang::En => eprintln!(
            "{}: a new key. Give the first line above to whoever keeps the roster; keep the file to yourself, and a copy of it",
            out.display()
        ),
    }
    Ok(())
}

fn show(key: &FileKey) {
    println!("{}", key.public());
    println!("{}", key.public().id());
}

/// Opens a key file with its passphrase.
pub(super) fn open(path: &Path, passphrase_file: Option<&Path>, lang: Lang) -> Result<FileKey> {
    let named = || path.display().to_string();
    let metadata = fs::metadata(path).with_context(named)?;
    ensure!(metadata.len() <= KEY_FILE_BYTES_MAX as u64, "{} is no key file", path.display());
    if metadata.permissions().mode() & 0o077 != 0 {
        match lang {
            Lang::ZhCn => eprintln!("注意：{} 别人也能读，请运行 chmod 600", path.display()),
            Lang::En => eprintln!("warning: others can read {}; run chmod 600", path.display()),
        }
    }
    let pem = Zeroizing::new(fs::read_to_string(path).with_context(named)?);
    let passphrase = match passphrase_file {
        Some(path) => from_file(path)?,
        None => ask(match lang {
            Lang::ZhCn => "口令：",
            Lang::En => "Passphrase: ",
        })?,
    };
    FileKey::from_pem(&pem, &passphrase).with_context(named)
}

/// The first line of a file.
fn from_file(path: &Path) -> Result<Zeroizing<String>> {
    let text = Zeroizing::new(fs::read_to_string(path).with_context(|| path.display().to_string())?);
    let line = text.lines().next().ok_or_else(|| anyhow!("{} is empty", path.display()))?;
    Ok(Zeroizing::new(line.to_owned()))
}

fn ask(prompt: &str) -> Result<Zeroizing<String>> {
    rpassword::prompt_password(prompt)
        .map(Zeroizing::new)
        .context("there is no terminal to ask for the passphrase; use --passphrase-file")
}

fn ask_twice(lang: Lang) -> Result<Zeroizing<String>> {
    let (first, again, differ) = match lang {
        Lang::ZhCn => ("新口令：", "再输一次：", "两次输入不同"),
        Lang::En => ("New passphrase: ", "Once more: ", "the two are different"),
    };
    let passphrase = ask(first)?;
    ensure!(passphrase == ask(again)?, differ);
    Ok(passphrase)
}

//! `pingfeng`: the screen.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, bail};
use bevy::math::UVec2;
use clap::{Parser, Subcommand};
use pingfeng::{
    ScreenOptions,
    input::{RecordedAct, RecordedStep},
    offscreen_app,
    stage::{Exhibition, Files},
    window_app,
};
use pingfeng_content::model::{Lang, ThemeName};
use pingfeng_wire::payload::Origin;

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
}

#[derive(clap::Args)]
struct RunArguments {
    /// Folder of an exhibition.
    #[arg(long)]
    exhibition: Option<PathBuf>,
    /// In a window of this size instead of over the whole display.
    #[arg(long, value_parser = size)]
    windowed: Option<UVec2>,
}

#[derive(clap::Args)]
struct RenderArguments {
    /// Id of the scene.
    scene: String,
    /// Real pixels.
    #[arg(long, default_value = "1080x1920", value_parser = size)]
    size: UVec2,
    /// When the picture is taken, after the last tap has been played: such as 2s.
    #[arg(long, default_value = "1s", value_parser = seconds)]
    at: f32,
    /// A tap in logical page pixels, `x,y` or `x,y@seconds`; without a time 0.8 s after the one before.
    #[arg(long, value_name = "X,Y[@T]")]
    tap: Vec<String>,
    /// The picture, PNG.
    #[arg(long)]
    out: PathBuf,
    /// Folder of an exhibition.
    #[arg(long)]
    exhibition: Option<PathBuf>,
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

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "warn,pingfeng=info".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    let outcome = match Arguments::parse().command {
        Command::Run(arguments) => run(arguments),
        Command::Render(arguments) => render(arguments),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn open(folder: Option<PathBuf>) -> Result<Exhibition> {
    let Some(folder) = folder else { return Ok(Exhibition::fallback()) };
    if !folder.join(pingfeng_release::EXHIBITION_FILE).is_file() {
        bail!("{}: there is no {}", folder.display(), pingfeng_release::EXHIBITION_FILE);
    }
    Exhibition::open(Files::Folder(folder.clone()), Origin::Folder, None).with_context(|| folder.display().to_string())
}

fn run(arguments: RunArguments) -> Result<ExitCode> {
    let options = ScreenOptions::new(open(arguments.exhibition)?);
    let exit = window_app(options, arguments.windowed).run();
    Ok(if exit.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn render(arguments: RenderArguments) -> Result<ExitCode> {
    let exhibition = open(arguments.exhibition)?;
    let mut options = ScreenOptions::new(exhibition);
    options.scene = Some(arguments.scene.as_str().into());
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

//! `pingfeng-hub import`: puts an exhibition folder into a hub that is not running, as the target of a group. For first
//! installations, demonstrations and rigs; whoever may write the data folder is the hub's owner already. The same
//! services do the work as behind the console, so nothing is checked less.

use std::{
    fs::File,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use pingfeng_content::{Lang, Scene, compile};
use pingfeng_release::ExhibitionFolder;
use serde::Serialize;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{Config, Hub, jobs::Job, records::Attendee, serve};

/// In whose name the audit log has it.
const BY: &str = "import";

/// What to put where.
#[derive(Clone, Debug)]
pub struct Import {
    /// The exhibition's folder.
    pub exhibition: PathBuf,
    /// Name of the group; made if there is none.
    pub group: String,
    /// Name of the site; made if there is none.
    pub site: String,
    /// Name of a screen to make a one-time code for.
    pub enrol: Option<String>,
    /// `code,name` of people expected at the events of the exhibition's check-in pages.
    pub attendees: Vec<String>,
}

/// What was made.
#[derive(Clone, Debug, Serialize)]
pub struct Imported {
    /// The release.
    pub release: String,
    /// One-time code for a screen.
    pub enrol_code: Option<String>,
    /// The hub's fingerprint, which the screen checks.
    pub fingerprint: String,
    /// Events of the exhibition's check-in pages.
    pub events: Vec<String>,
}

/// Imports. The hub listens on free ports of this machine only, for as long as it takes.
pub async fn import(mut config: Config, import: &Import) -> anyhow::Result<Imported> {
    let events = events_of(&import.exhibition)?;
    config.settings.listen.https = SocketAddr::from(([127, 0, 0, 1], 0));
    config.settings.listen.mqtt = SocketAddr::from(([127, 0, 0, 1], 0));
    let running = serve(config).await?;
    let imported = bring_in(&running.hub, import, &events).await;
    running.shutdown().await;
    imported
}

async fn bring_in(hub: &Hub, import: &Import, events: &[(String, String)]) -> anyhow::Result<Imported> {
    let attendees = attendees(&import.attendees)?;
    let zip = hub.config.data.join("import.zip");
    pack(&import.exhibition, &zip).with_context(|| format!("packing {}", import.exhibition.display()))?;
    let uploaded = ended(hub, hub.start_upload(zip, None, BY).await.map_err(told)?).await?;
    let exhibition = uploaded.exhibition.context("the upload names no exhibition")?;
    let built = ended(hub, hub.start_build(&exhibition, "", BY).await.map_err(told)?).await?;
    let release = built.release.context("the build made no release")?;

    let group = hub.group_called(&import.group).await.map_err(told)?;
    hub.set_group_target(&group.id, &release, BY).await.map_err(told)?;
    for (id, name) in events {
        // An event of an earlier import stays as it is: it may have a list of its own by now.
        if hub.create_event(Some(id.clone()), name, Some(&import.site)).await.is_ok() && !attendees.is_empty() {
            hub.replace_attendees(id, attendees.clone()).await.map_err(told)?;
        }
    }
    let code = match &import.enrol {
        Some(name) => Some(hub.create_enrol_code(name, &import.site, &group.id, BY).await.map_err(told)?.code),
        None => None,
    };
    hub.audit(BY, "import", &exhibition).await;
    Ok(Imported {
        release,
        enrol_code: code,
        fingerprint: hub.authority.fingerprint(),
        events: events.iter().map(|(id, _)| id.clone()).collect(),
    })
}

/// Waits for a job. A failure carries its findings, one a line.
async fn ended(hub: &Hub, job: Job) -> anyhow::Result<Job> {
    loop {
        let job = hub.get_job(&job.id).await.map_err(told)?;
        if job.finished_at_ms.is_none() {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        }
        let Some(error) = &job.error else { return Ok(job) };
        let findings: Vec<String> = job.findings.iter().filter_map(|finding| serde_json::to_string(finding).ok()).collect();
        bail!("{}\n{}", error.message, findings.join("\n"));
    }
}

/// Id and name of the events that the exhibition's check-in pages are for.
fn events_of(exhibition: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let folder = ExhibitionFolder::read(exhibition).with_context(|| exhibition.display().to_string())?;
    let scenes = compile(&folder.documents, &folder.files).compiled.map(|compiled| compiled.scenes).unwrap_or_default();
    let mut events: Vec<(String, String)> = scenes
        .into_values()
        .filter_map(|scene| match scene {
            Scene::CheckIn(page) => Some((page.event, page.event_title.get(Lang::ZhCn).to_owned())),
            _ => None,
        })
        .collect();
    events.sort();
    events.dedup_by(|a, b| a.0 == b.0);
    Ok(events)
}

fn attendees(lines: &[String]) -> anyhow::Result<Vec<Attendee>> {
    lines
        .iter()
        .map(|line| {
            let (code, name) = line.split_once(',').with_context(|| format!("`{line}`: an attendee is code,name"))?;
            Ok(Attendee { code: code.trim().to_owned(), name: name.trim().to_owned() })
        })
        .collect()
}

/// Pictures and films are packed already; compressing them again would only take time.
fn pack(folder: &Path, zip: &Path) -> anyhow::Result<()> {
    let folder = ExhibitionFolder::read(folder)?;
    let mut writer = ZipWriter::new(File::create(zip)?);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (path, bytes) in &folder.documents {
        writer.start_file(path, options)?;
        io::copy(&mut bytes.as_slice(), &mut writer)?;
    }
    for path in folder.files.keys() {
        let Some(file) = folder.path_of(path) else { continue };
        writer.start_file(path, options.large_file(true))?;
        io::copy(&mut File::open(file)?, &mut writer)?;
    }
    writer.finish()?;
    Ok(())
}

/// A service's refusal, in its own words.
fn told(error: crate::error::ApiError) -> anyhow::Error {
    anyhow::anyhow!("{}", error.detail().message)
}

#[cfg(test)]
mod tests {
    use super::attendees;

    #[test]
    fn an_attendee_is_a_code_and_a_name() {
        let list = attendees(&["204601, 王小明".into()]).unwrap();
        assert_eq!((list[0].code.as_str(), list[0].name.as_str()), ("204601", "王小明"));
        assert!(attendees(&["204601".into()]).is_err());
    }
}

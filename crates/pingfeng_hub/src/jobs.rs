//! Jobs: uploads and builds, one at a time, with progress. A job that the hub's death interrupts is failed at its next
//! start; what it was doing can be done again, because drafts are replaced whole and blobs are named by their hash.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use pingfeng_release::{
    BlobHash, BlobSink, BuildError, BuildStep, Cache, ExhibitionFolder, FolderError, Stamp, build as build_release,
    build::check, unpack_zip,
};
use serde::{Deserialize, Serialize};
use tokio::{runtime::Handle, sync::mpsc};
use utoipa::ToSchema;

use crate::{
    Hub,
    blobs::{BlobError, Blobs},
    db::entity::job,
    drafts::{self, DraftLocks, FindingView, blocking, finding_views, top_value},
    error::{ApiError, ApiResult, ErrorDetail, conflict, internal, not_found},
    limits::JOBS_MAX,
};

/// How long to keep quiet between two tellings of the same step.
const TELL_EVERY_MS: i64 = 150;

/// What is waiting and running.
#[derive(Debug)]
pub struct Jobs {
    active: Mutex<HashMap<String, Active>>,
    queue: mpsc::Sender<Order>,
    orders: Mutex<Option<mpsc::Receiver<Order>>>,
    /// One writer at a time for each draft.
    pub(crate) drafts: DraftLocks,
}

impl Default for Jobs {
    fn default() -> Self {
        let (queue, orders) = mpsc::channel(JOBS_MAX);
        Self {
            active: Mutex::default(),
            queue,
            orders: Mutex::new(Some(orders)),
            drafts: DraftLocks::default(),
        }
    }
}

/// A job that waits or runs.
#[derive(Debug)]
struct Active {
    job: Job,
    /// When its progress was last told of.
    told_at_ms: i64,
}

#[derive(Debug)]
struct Order {
    job: String,
    work: Work,
}

#[derive(Debug)]
enum Work {
    Upload { zip: PathBuf, exhibition: Option<String> },
    Build { exhibition: String, note: String },
}

/// A job as it is told.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Id.
    pub id: String,
    /// `upload` or `build`.
    pub kind: String,
    /// The exhibition it is about; an upload may learn it on the way.
    pub exhibition: Option<String>,
    /// `queued`, `running`, `done` or `failed`.
    pub state: String,
    /// `unpack`, `check`, `pictures`, `blobs` or `store`.
    pub step: Option<String>,
    /// Of this step.
    pub done: usize,
    /// Of this step.
    pub total: usize,
    /// What the check found.
    pub findings: Vec<FindingView>,
    /// The release that a build made.
    pub release: Option<String>,
    /// Why it failed.
    pub error: Option<ErrorDetail>,
    /// When it was asked for.
    pub created_at_ms: i64,
    /// By whom.
    pub created_by: String,
    /// When it ended.
    pub finished_at_ms: Option<i64>,
}

/// What a job achieved, or why not; findings come with both.
struct Outcome {
    exhibition: Option<String>,
    findings: Vec<FindingView>,
    result: Result<Option<String>, ErrorDetail>,
}

impl Outcome {
    fn failed(findings: Vec<FindingView>, code: &str, message: impl Into<String>, hint: Option<&str>) -> Self {
        let error =
            ErrorDetail { code: code.into(), message: message.into(), hint: hint.map(str::to_owned), at: None };
        Self { exhibition: None, findings, result: Err(error) }
    }
}

impl Hub {
    /// Where uploads are written while they come in.
    pub(crate) fn uploads_folder(&self) -> PathBuf {
        self.config.data.join("uploads")
    }

    /// Begins to work. Called once, at the start.
    pub(crate) fn start_jobs(self: &Arc<Self>) {
        let orders = self.jobs.orders.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut orders) = orders else { return };
        let hub = self.clone();
        self.tasks.spawn(async move {
            loop {
                let order = tokio::select! {
                    () = hub.stop.cancelled() => return,
                    order = orders.recv() => match order {
                        Some(order) => order,
                        None => return,
                    },
                };
                hub.run(order).await;
            }
        });
    }

    /// Jobs of an earlier run that did not end are failed; what they left behind is removed.
    pub async fn recover_jobs(&self) -> ApiResult<()> {
        let error = ErrorDetail {
            code: "interrupted".into(),
            message: "the hub was stopped while this ran".into(),
            hint: Some("do it again".into()),
            at: None,
        };
        let json = serde_json::to_string(&error).map_err(internal)?;
        let interrupted = self.db.interrupt_jobs(&json, self.now_ms()).await?;
        if interrupted > 0 {
            tracing::warn!(interrupted, "jobs were interrupted by the last stop");
        }
        let uploads = self.uploads_folder();
        blocking(move || {
            if uploads.exists() {
                fs::remove_dir_all(&uploads).map_err(internal)?;
            }
            fs::create_dir_all(&uploads).map_err(internal)
        })
        .await
    }

    /// Queues what came in as an upload. The file is the job's from now on.
    pub async fn start_upload(&self, zip: PathBuf, exhibition: Option<String>, by: &str) -> ApiResult<Job> {
        self.queue("upload", exhibition.clone(), by, Work::Upload { zip, exhibition }).await
    }

    /// Queues a build of an exhibition's draft.
    pub async fn start_build(&self, exhibition: &str, note: &str, by: &str) -> ApiResult<Job> {
        self.db.exhibition(exhibition).await?.ok_or_else(|| not_found("exhibition", exhibition))?;
        let work = Work::Build { exhibition: exhibition.to_owned(), note: note.to_owned() };
        self.queue("build", Some(exhibition.to_owned()), by, work).await
    }

    /// One job.
    pub async fn get_job(&self, id: &str) -> ApiResult<Job> {
        if let Some(job) = self.active_job(id) {
            return Ok(job);
        }
        let row = self.db.job(id).await?.ok_or_else(|| not_found("job", id))?;
        Ok(from_row(row))
    }

    /// The newest jobs, newest first.
    pub async fn list_jobs(&self) -> ApiResult<Vec<Job>> {
        let rows = self.db.jobs(50).await?;
        let active = self.jobs.active.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(rows.into_iter().map(|row| active.get(&row.id).map_or_else(|| from_row(row.clone()), |active| active.job.clone())).collect())
    }

    async fn queue(&self, kind: &str, exhibition: Option<String>, by: &str, work: Work) -> ApiResult<Job> {
        let full = || conflict("busy", format!("{JOBS_MAX} jobs are waiting")).hint("wait until some have ended");
        let place = self.jobs.queue.try_reserve().map_err(|_| full())?;
        let now_ms = self.now_ms();
        let job = Job {
            id: crate::new_id(now_ms),
            kind: kind.to_owned(),
            exhibition,
            state: "queued".into(),
            step: None,
            done: 0,
            total: 0,
            findings: Vec::new(),
            release: None,
            error: None,
            created_at_ms: now_ms,
            created_by: by.to_owned(),
            finished_at_ms: None,
        };
        self.db.insert_job(to_row(&job)?).await?;
        let active = Active { job: job.clone(), told_at_ms: now_ms };
        self.jobs.active.lock().unwrap_or_else(PoisonError::into_inner).insert(job.id.clone(), active);
        self.live.tell("job", &job);
        place.send(Order { job: job.id.clone(), work });
        Ok(job)
    }

    async fn run(self: &Arc<Self>, order: Order) {
        let id = order.job;
        self.change(&id, |job| job.state = "running".into());
        let by = self.get_job(&id).await.map(|job| job.created_by).unwrap_or_default();
        let outcome = match order.work {
            Work::Upload { zip, exhibition } => {
                let outcome = self.take_in(&id, &zip, exhibition, &by).await;
                // A file that could not be removed is removed at the next start.
                let _ = tokio::fs::remove_file(&zip).await;
                let _ = tokio::fs::remove_dir_all(self.incoming_folder(&id)).await;
                outcome
            }
            Work::Build { exhibition, note } => self.build(&id, &exhibition, &note, &by).await,
        };
        let outcome = outcome.unwrap_or_else(|error: ApiError| Outcome {
            exhibition: None,
            findings: Vec::new(),
            result: Err(error.detail().clone()),
        });
        let finished_at_ms = self.now_ms();
        self.change(&id, |job| {
            job.finished_at_ms = Some(finished_at_ms);
            // An ended job looks the same from memory and from its row, which keeps no steps.
            (job.step, job.done, job.total) = (None, 0, 0);
            job.exhibition = outcome.exhibition.clone().or(job.exhibition.take());
            job.findings = outcome.findings;
            match outcome.result {
                Ok(release) => {
                    job.state = "done".into();
                    job.release = release;
                }
                Err(error) => {
                    job.state = "failed".into();
                    job.error = Some(error);
                }
            }
        });
        if let Some(job) = self.active_job(&id) {
            tracing::info!(job.id = %id, job.kind = %job.kind, job.state = %job.state, "job ended");
            match to_row(&job) {
                Ok(row) => {
                    if let Err(error) = self.db.store_job(row).await {
                        tracing::error!(%error, job.id = %id, "the end of a job could not be stored");
                    }
                }
                Err(error) => tracing::error!(code = error.detail().code, job.id = %id, "the end of a job is lost"),
            }
        }
        self.jobs.active.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// An upload becomes the draft of its exhibition.
    async fn take_in(
        self: &Arc<Self>,
        job: &str,
        zip: &Path,
        expected: Option<String>,
        by: &str,
    ) -> ApiResult<Outcome> {
        self.step(job, "unpack", 0, 1);
        let incoming = self.incoming_folder(job);
        let (zip, into) = (zip.to_owned(), incoming.clone());
        let read = blocking(move || {
            fs::create_dir_all(&into).map_err(internal)?;
            let zip = File::open(&zip).map_err(internal)?;
            Ok(unpack_zip(zip, &into).and_then(|()| ExhibitionFolder::read(&into)))
        })
        .await?;
        let folder = match read {
            Ok(folder) => folder,
            Err(error) => return Ok(refused(&error)),
        };
        let root_document = folder.documents.get("exhibition.yaml").map(Vec::as_slice).unwrap_or_default();
        let Some(id) = top_value(root_document, "id").filter(|id| pingfeng_content::id_is_valid(id)) else {
            let findings = drafts::check_documents(&folder);
            return Ok(Outcome::failed(
                findings,
                "no_exhibition",
                "there is no exhibition.yaml with a valid `id`",
                Some("pack the folder that has exhibition.yaml in it"),
            ));
        };
        if expected.as_ref().is_some_and(|expected| *expected != id) {
            return Ok(Outcome::failed(
                Vec::new(),
                "other_exhibition",
                format!("this is exhibition `{id}`"),
                Some("upload it as a new exhibition, or change its id"),
            ));
        }
        let title = top_value(root_document, "title").unwrap_or_else(|| id.clone());

        let hub = self.clone();
        let (work, cache) = (job.to_owned(), self.cache());
        let checked = blocking(move || {
            let checked = check(&folder, &cache, &|step, done, total| hub.progress(&work, step, done, total));
            Ok(match checked {
                Ok(checked) => Ok((finding_views(&checked.findings, &folder.documents), folder)),
                Err(error) => Err(error),
            })
        })
        .await?;
        let (findings, folder) = match checked {
            Ok(checked) => checked,
            Err(error) => return Ok(stopped(error, &ExhibitionFolderTexts::default())),
        };

        self.step(job, "store", 0, 1);
        let _lock = self.jobs.drafts.lock(&id).await;
        let draft = self.draft_folder(&id);
        for (path, bytes) in &folder.documents {
            let before = tokio::fs::read(draft.join(path)).await.ok();
            if before.as_deref() == Some(bytes.as_slice()) {
                continue;
            }
            let texts = before.into_iter().chain([bytes.clone()]);
            for text in texts.filter_map(|bytes| String::from_utf8(bytes).ok()) {
                self.keep_version(&id, path, text, by).await?;
            }
        }
        let (exhibition, root) = (self.exhibition_folder(&id), folder.root().to_owned());
        blocking(move || drafts::replace_draft(&exhibition, &root).map_err(internal)).await?;
        self.db.touch_exhibition(&id, &title, self.now_ms()).await?;
        Ok(Outcome { exhibition: Some(id), findings, result: Ok(None) })
    }

    /// A draft becomes a release.
    async fn build(self: &Arc<Self>, job: &str, exhibition: &str, note: &str, by: &str) -> ApiResult<Outcome> {
        self.step(job, "check", 0, 1);
        // Until the release is noted, its blobs look as if nobody needed them.
        let _kept = self.fleet.collecting.read().await;
        let snapshot = {
            let _lock = self.jobs.drafts.lock(exhibition).await;
            let folder = self.exhibition_folder(exhibition);
            blocking(move || drafts::snapshot(&folder).map_err(internal)).await?
        };
        let version = self.db.next_version(exhibition).await?.ok_or_else(|| not_found("exhibition", exhibition))?;
        let positive = |value: i64| u64::try_from(value).unwrap_or(0);
        let stamp = Stamp { version: positive(version), created_at_ms: positive(self.now_ms()) };
        let hub = self.clone();
        let (work, cache, blobs) = (job.to_owned(), self.cache(), self.blobs.clone());
        let runtime = Handle::current();
        let (texts, built) = blocking(move || {
            let folder = match ExhibitionFolder::read(&snapshot) {
                Ok(folder) => folder,
                Err(error) => return Ok((ExhibitionFolderTexts::default(), Err(BuildError::Folder(error)))),
            };
            let mut sink = Sink { blobs, runtime };
            let built = build_release(&folder, stamp, &cache, &mut sink, &|step, done, total| {
                hub.progress(&work, step, done, total);
            });
            Ok((ExhibitionFolderTexts(folder.documents), built))
        })
        .await?;
        let built = match built {
            Ok(built) => built,
            Err(error) => return Ok(stopped(error, &texts)),
        };
        self.step(job, "store", 0, 1);
        let title = self.db.exhibition(exhibition).await?.map(|row| row.title).unwrap_or_default();
        let release = self.add_release(&built.manifest, &built.manifest_bytes, &title, note, by).await?;
        Ok(Outcome {
            exhibition: None,
            findings: finding_views(&built.findings, &texts.0),
            result: Ok(Some(release.id)),
        })
    }

    fn incoming_folder(&self, job: &str) -> PathBuf {
        // In the folder of uploads, so that it is removed at the next start when the hub dies; on the same disk as
        // the drafts, so that it can be moved.
        self.uploads_folder().join(job)
    }

    fn cache(&self) -> Cache {
        Cache::at(self.config.data.join("cache"))
    }

    fn progress(&self, job: &str, step: BuildStep, done: usize, total: usize) {
        self.step(job, step.word(), done, total);
    }

    fn step(&self, id: &str, step: &str, done: usize, total: usize) {
        let now_ms = self.now_ms();
        let mut active = self.jobs.active.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Active { job, told_at_ms }) = active.get_mut(id) else { return };
        let same = job.step.as_deref() == Some(step);
        (job.step, job.done, job.total) = (Some(step.to_owned()), done, total);
        if !same || done == total || !(0..TELL_EVERY_MS).contains(&(now_ms - *told_at_ms)) {
            *told_at_ms = now_ms;
            let told = job.clone();
            drop(active);
            self.live.tell("job", &told);
        }
    }

    fn active_job(&self, id: &str) -> Option<Job> {
        let active = self.jobs.active.lock().unwrap_or_else(PoisonError::into_inner);
        active.get(id).map(|active| active.job.clone())
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Job)) {
        let mut active = self.jobs.active.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Active { job, .. }) = active.get_mut(id) else { return };
        change(job);
        let told = job.clone();
        drop(active);
        self.live.tell("job", &told);
    }
}

/// Documents of the folder that a build looked at, for the lines that findings are about.
#[derive(Default)]
struct ExhibitionFolderTexts(std::collections::BTreeMap<String, Vec<u8>>);

fn refused(error: &FolderError) -> Outcome {
    if let FolderError::Io { .. } = error {
        tracing::error!("upload: {error}: {:?}", std::error::Error::source(error));
    }
    let text = error.text();
    Outcome::failed(Vec::new(), error.code(), text.get(pingfeng_content::Lang::En), Some(&text.zh))
}

fn stopped(error: BuildError, texts: &ExhibitionFolderTexts) -> Outcome {
    match error {
        BuildError::Findings(findings) => {
            let errors = findings.count(pingfeng_content::Severity::Error);
            let views = finding_views(&findings, &texts.0);
            Outcome::failed(views, "has_errors", format!("{errors} errors have to be put right first"), None)
        }
        BuildError::Folder(error) => refused(&error),
        error => {
            tracing::error!("build: {error}: {:?}", std::error::Error::source(&error));
            Outcome::failed(Vec::new(), "io", "a file could not be read or written", Some("the hub's log says which"))
        }
    }
}

/// The blob store as a build sees it, from a thread that may wait.
struct Sink {
    blobs: Blobs,
    runtime: Handle,
}

impl BlobSink for Sink {
    fn contains(&mut self, blob: &BlobHash, size_bytes: u64) -> io::Result<bool> {
        self.runtime.block_on(self.blobs.has(blob, size_bytes)).map_err(io::Error::other)
    }

    fn put(&mut self, blob: &BlobHash, size_bytes: u64, bytes: &mut dyn Read) -> io::Result<()> {
        let stored = if size_bytes <= Blobs::WHOLE_BYTES_MAX {
            let mut whole = Vec::with_capacity(usize::try_from(size_bytes).unwrap_or(0));
            bytes.read_to_end(&mut whole)?;
            self.runtime.block_on(self.blobs.put(blob, Bytes::from(whole)))
        } else {
            self.blobs.put_in_parts(&self.runtime, blob, bytes)
        };
        stored.map_err(|error: BlobError| io::Error::other(error))
    }
}

fn to_row(job: &Job) -> ApiResult<job::Model> {
    Ok(job::Model {
        id: job.id.clone(),
        kind: job.kind.clone(),
        exhibition_id: job.exhibition.clone(),
        state: job.state.clone(),
        created_at_ms: job.created_at_ms,
        created_by: job.created_by.clone(),
        finished_at_ms: job.finished_at_ms,
        findings_json: serde_json::to_string(&job.findings).map_err(internal)?,
        release_id: job.release.clone(),
        error_json: job.error.as_ref().map(serde_json::to_string).transpose().map_err(internal)?,
    })
}

fn from_row(row: job::Model) -> Job {
    Job {
        id: row.id,
        kind: row.kind,
        exhibition: row.exhibition_id,
        state: row.state,
        step: None,
        done: 0,
        total: 0,
        // Written by this program; a row of a later version shows without what this one cannot read.
        findings: serde_json::from_str(&row.findings_json).unwrap_or_default(),
        release: row.release_id,
        error: row.error_json.and_then(|json| serde_json::from_str(&json).ok()),
        created_at_ms: row.created_at_ms,
        created_by: row.created_by,
        finished_at_ms: row.finished_at_ms,
    }
}

//! What somebody brings on a stick: read step by step, told to the person who stands there, and records given along.

use std::collections::VecDeque;
use std::path::PathBuf;

use pingfeng_content::model::{Lang, Text};

use super::delivery::Delivery;
use super::{DiskJob, JobError, Out, OutboxJob};
use crate::api::{Import, LinkEvent};
use crate::stick::{ImportStep, Stick};

/// Sticks that wait for their turn.
const STICKS_MAX: usize = 4;

#[derive(Debug, Default)]
pub(super) struct Imports {
    waiting: VecDeque<PathBuf>,
    now: Option<Now>,
    /// Read, and not pulled out yet.
    done: Vec<PathBuf>,
}

#[derive(Debug)]
struct Now {
    folder: PathBuf,
    version: Option<u64>,
    failed: bool,
}

impl Imports {
    pub(super) fn stick(&mut self, stick: Stick, out: &mut Out<'_>) {
        match stick {
            Stick::Found(folder) => {
                if self.waiting.len() < STICKS_MAX && !self.waiting.contains(&folder) {
                    self.waiting.push_back(folder);
                }
            }
            Stick::Gone(folder) => {
                self.waiting.retain(|waiting| *waiting != folder);
                if self.done.contains(&folder) {
                    self.done.retain(|done| *done != folder);
                    out.event(LinkEvent::Import(Import::Gone));
                }
                // One that is being read says so by an error of its own.
            }
        }
    }

    pub(super) fn poll(&mut self, delivery: &mut Delivery, out: &mut Out<'_>) {
        if self.now.is_none()
            && delivery.can_import()
            && let Some(folder) = self.waiting.pop_front()
        {
            delivery.import_begins();
            self.now = Some(Now { folder: folder.clone(), version: None, failed: false });
            out.event(LinkEvent::Import(Import::Reading { done_bytes: 0, total_bytes: 0 }));
            out.disk(DiskJob::Import { folder });
        }
    }

    pub(super) fn step(
        &mut self,
        result: Result<ImportStep, JobError>,
        delivery: &mut Delivery,
        out: &mut Out<'_>,
    ) {
        let Some(now) = &mut self.now else { return };
        match result {
            Ok(ImportStep::Working { done_bytes, total_bytes }) => {
                delivery.import_goes_on(done_bytes, total_bytes);
                out.event(LinkEvent::Import(Import::Reading { done_bytes, total_bytes }));
                return out.disk(DiskJob::ImportMore);
            }
            Ok(ImportStep::Staged { offer, release }) => {
                now.version = Some(offer.release.version);
                delivery.imported(offer, release, out);
            }
            Ok(ImportStep::Nothing) => delivery.import_ends(out),
            Ok(ImportStep::Refused(text)) => {
                now.failed = true;
                delivery.import_ends(out);
                out.event(LinkEvent::Import(Import::Failed(text)));
            }
            Err(error) => {
                now.failed = true;
                delivery.import_ends(out);
                let mut text = Text::zh(match error.code {
                    "disk_full" => "本机磁盘已满，新版本放不下。请联系管理员清理后再插入。".to_owned(),
                    _ => format!("没有导入：{}。请拔下后重新插入，或换一个 U 盘。", error.message),
                });
                text.other.insert(Lang::En, format!("Nothing was imported: {}.", error.message));
                out.event(LinkEvent::Import(Import::Failed(text)));
            }
        }
        // Records go along whatever became of the release.
        out.outbox(OutboxJob::Export { folder: now.folder.clone() });
    }

    pub(super) fn carried(&mut self, records: Result<u64, String>, out: &mut Out<'_>) {
        let Some(now) = self.now.take() else { return };
        let records = records.unwrap_or_else(|why| {
            tracing::warn!(why, "records could not be written onto the stick");
            0
        });
        if !now.failed {
            out.event(LinkEvent::Import(Import::Done { version: now.version, records }));
        }
        self.done.push(now.folder);
    }
}

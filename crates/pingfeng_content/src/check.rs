//! The rules that a schema cannot say. Each looks at the typed documents and reports at a path, which the tree turns
//! into a line and a column. A path at which the shape had to put a stand-in stays silent: it has been reported.

pub(crate) mod date;
mod exhibition;
mod media;
mod quiz;
pub(crate) mod refs;
pub(crate) mod text;

use std::collections::BTreeMap;

pub(crate) use self::{exhibition::tiles, quiz::quiz};
use crate::{
    Bank, Exhibition, Lang, Media, MediaId, Question, QuestionId, Scene, SceneId, Source, SourceId, Text,
    compile::{Body, Document},
    finding::{Finding, Findings, Mark, Severity, both},
};

/// Everything that can be referred to, with the document it stands in.
pub(crate) struct World<'d> {
    pub(crate) exhibition: Option<&'d Exhibition>,
    pub(crate) scenes: BTreeMap<&'d SceneId, (&'d Document, &'d Scene)>,
    pub(crate) media: BTreeMap<&'d MediaId, (&'d Document, &'d Media)>,
    pub(crate) sources: BTreeMap<&'d SourceId, (&'d Document, &'d Source)>,
    pub(crate) banks: BTreeMap<&'d crate::BankId, (&'d Document, &'d Bank)>,
    pub(crate) questions: BTreeMap<&'d QuestionId, (&'d Document, &'d Question)>,
    pub(crate) files: &'d BTreeMap<String, u64>,
    /// Some document could not be read: what is missing may be in it, so nothing is called missing.
    pub(crate) unreadable: bool,
}

/// A document being checked.
pub(crate) struct Sheet<'d, 'f> {
    pub(crate) document: &'d Document,
    findings: &'f mut Findings,
    /// Texts that lack a language of the exhibition: how many, and the path of the first.
    untranslated: BTreeMap<Lang, (usize, String)>,
}

impl<'d, 'f> Sheet<'d, 'f> {
    pub(crate) fn new(document: &'d Document, findings: &'f mut Findings) -> Self {
        Self { document, findings, untranslated: BTreeMap::new() }
    }

    pub(crate) fn error(&mut self, path: &str, code: &str, message: Text, hint: Option<Text>) {
        self.push(Severity::Error, path, code, message, hint);
    }

    pub(crate) fn warning(&mut self, path: &str, code: &str, message: Text, hint: Option<Text>) {
        self.push(Severity::Warning, path, code, message, hint);
    }

    pub(crate) fn note(&mut self, path: &str, code: &str, message: Text, hint: Option<Text>) {
        self.push(Severity::Note, path, code, message, hint);
    }

    /// True if something at or below `path` is a stand-in, so that its value says nothing.
    pub(crate) fn made_up(&self, path: &str) -> bool {
        let stand_ins = &self.document.stand_ins;
        let below =
            |start: String| stand_ins.range(start.clone()..).next().is_some_and(|first| first.starts_with(&start));
        stand_ins.contains(path) || below(format!("{path}.")) || below(format!("{path}["))
    }

    /// True if no further error would be listed: what it costs to work one out can be saved.
    pub(crate) fn is_full(&self) -> bool {
        self.findings.is_full(Severity::Error)
    }

    fn push(&mut self, severity: Severity, path: &str, code: &str, message: Text, hint: Option<Text>) {
        let stand_ins = &self.document.stand_ins;
        let silenced = !stand_ins.is_empty()
            && (stand_ins.contains(path)
                || stand_ins.contains("")
                || path.match_indices(['.', '[']).any(|(end, _)| stand_ins.contains(&path[..end])));
        if silenced {
            return;
        }
        if self.findings.is_full(severity) {
            self.findings.drop_one();
            return;
        }
        self.findings.push(Finding {
            severity,
            code: code.to_owned(),
            file: self.document.file.clone(),
            at: self.document.node.place(path),
            path: path.to_owned(),
            message,
            hint,
        });
    }
}

/// A list that is too short or too long.
pub(crate) fn count(sheet: &mut Sheet, path: &str, count: usize, low: usize, high: usize) {
    if count < low {
        sheet.error(
            path,
            "list_too_short",
            both(format!("至少要有 {low} 项，这里有 {count} 项"), format!("at least {low} belong here, not {count}")),
            None,
        );
    }
    if count > high {
        sheet.error(
            path,
            "list_too_long",
            both(format!("有 {count} 项，上限 {high} 项"), format!("{count} items, at most {high}")),
            Some(both("拆成几处", "split it")),
        );
    }
}

/// Applies every rule.
pub(crate) fn check(read: &[Document], files: &BTreeMap<String, u64>, unreadable: bool, findings: &mut Findings) {
    let world = survey(read, files, unreadable, findings);
    for document in read {
        let mut sheet = Sheet::new(document, findings);
        match &document.body {
            Body::Exhibition(body) => exhibition::exhibition(&world, &mut sheet, body),
            Body::Sources(body) => media::sources(&world, &mut sheet, body),
            Body::Media(body) => media::media(&world, &mut sheet, body),
            Body::Bank(body) => quiz::bank(&world, &mut sheet, body),
            Body::Scene(body) => body.body().check(&world, &mut sheet),
        }
        text::languages(&mut sheet);
    }
    exhibition::reachable(&world, findings);
    media::unused(&world, findings);
    text::facts(&world, findings);
}

/// Collects what can be referred to and reports what exists twice.
fn survey<'d>(
    read: &'d [Document],
    files: &'d BTreeMap<String, u64>,
    unreadable: bool,
    findings: &mut Findings,
) -> World<'d> {
    let mut world = World {
        exhibition: None,
        scenes: BTreeMap::new(),
        media: BTreeMap::new(),
        sources: BTreeMap::new(),
        banks: BTreeMap::new(),
        questions: BTreeMap::new(),
        files,
        unreadable,
    };
    let mut manifest: Option<&Document> = None;
    for document in read {
        let mut sheet = Sheet::new(document, findings);
        match &document.body {
            Body::Exhibition(body) => {
                if let Some(first) = manifest {
                    let message = both(
                        format!("展览清单已在 `{}`", first.file),
                        format!("the exhibition is already described in `{}`", first.file),
                    );
                    sheet.error(
                        "kind",
                        "exhibition_twice",
                        message,
                        Some(both("只留一份 `kind: exhibition`", "keep one `kind: exhibition`")),
                    );
                } else {
                    manifest = Some(document);
                    world.exhibition = Some(body);
                }
            }
            Body::Sources(body) => {
                for (id, source) in &body.sources {
                    let path = format!("sources.{id}");
                    refs::id(&mut sheet, &path, id.as_str());
                    refs::once(
                        &mut sheet,
                        &path,
                        id.as_str(),
                        world.sources.insert(id, (document, source)).map(|(first, _)| first),
                    );
                }
            }
            Body::Media(body) => {
                for (id, media) in &body.media {
                    let path = format!("media.{id}");
                    refs::id(&mut sheet, &path, id.as_str());
                    refs::once(
                        &mut sheet,
                        &path,
                        id.as_str(),
                        world.media.insert(id, (document, media)).map(|(first, _)| first),
                    );
                }
            }
            Body::Bank(body) => {
                refs::id(&mut sheet, "id", body.id.as_str());
                refs::once(
                    &mut sheet,
                    "id",
                    body.id.as_str(),
                    world.banks.insert(&body.id, (document, body)).map(|(first, _)| first),
                );
                for (index, question) in body.questions.iter().enumerate() {
                    let path = format!("questions[{index}].id");
                    refs::id(&mut sheet, &path, question.id.as_str());
                    refs::once(
                        &mut sheet,
                        &path,
                        question.id.as_str(),
                        world.questions.insert(&question.id, (document, question)).map(|(first, _)| first),
                    );
                }
            }
            Body::Scene(body) => {
                refs::id(&mut sheet, "id", body.id().as_str());
                refs::once(
                    &mut sheet,
                    "id",
                    body.id().as_str(),
                    world.scenes.insert(body.id(), (document, body)).map(|(first, _)| first),
                );
            }
        }
    }
    for (count, limit, code, zh, en) in [
        (world.scenes.len(), crate::limits::SCENES_MAX, "too_many_scenes", "场景", "scenes"),
        (world.media.len(), crate::limits::MEDIA_MAX, "too_many_media", "素材", "media entries"),
    ] {
        if count > limit {
            findings.push(exhibition_finding(
                code,
                both(format!("{zh}有 {count} 个，上限 {limit} 个"), format!("{count} {en}, at most {limit}")),
            ));
        }
    }
    if manifest.is_none() && !unreadable {
        let mut finding =
            exhibition_finding("exhibition_missing", both("没有展览清单", "there is no description of the exhibition"));
        finding.hint = Some(both(
            "在文件夹最外层写 `exhibition.yaml`，其中 `kind: exhibition`",
            "write `exhibition.yaml` at the top of the folder, with `kind: exhibition`",
        ));
        findings.push(finding);
    }
    world
}

/// About the exhibition as a whole.
fn exhibition_finding(code: &str, message: Text) -> Finding {
    Finding {
        severity: Severity::Error,
        code: code.to_owned(),
        file: "exhibition.yaml".to_owned(),
        at: Mark::default(),
        path: String::new(),
        message,
        hint: None,
    }
}

impl World<'_> {
    /// The languages that a visitor may choose.
    pub(crate) fn languages(&self) -> &[Lang] {
        self.exhibition.map_or(&[Lang::ZhCn], |exhibition| &exhibition.languages)
    }
}

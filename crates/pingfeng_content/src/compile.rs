//! All documents of an exhibition, read together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::de::DeserializeOwned;

use crate::{
    Bank, Compiled, Exhibition, Media, MediaId, MediaList, Scene, Sources, Text, check,
    finding::{Finding, Findings, Mark, Severity, both},
    limits::DOCUMENTS_MAX,
    schema::{KINDS, schema},
    shape::{shape, short, suggest},
    yaml::{self, Node},
};

/// What was made of an exhibition's documents.
#[derive(Clone, Debug)]
pub struct Compilation {
    /// The whole exhibition; `None` if there is an error among the findings.
    pub compiled: Option<Compiled>,
    /// Everything that was found, in order of files and places.
    pub findings: Findings,
    /// The media lists as far as they could be read, also when something else is wrong: so that pictures and films can
    /// be looked into in the same run.
    pub media: BTreeMap<MediaId, Media>,
    places: BTreeMap<MediaId, Place>,
}

/// Where an entry of a media list stands.
#[derive(Clone, Debug)]
struct Place {
    file: String,
    entry: Mark,
    values: BTreeMap<&'static str, Mark>,
}

impl Compilation {
    /// A finding about the file of a media entry, placed at its `file:` (or `captions:`, `poster:`, `layers:`).
    pub fn media_finding(
        &self,
        id: &MediaId,
        key: &str,
        severity: Severity,
        code: &str,
        message: Text,
        hint: Option<Text>,
    ) -> Finding {
        let place = self.places.get(id);
        Finding {
            severity,
            code: code.to_owned(),
            file: place.map(|place| place.file.clone()).unwrap_or_default(),
            at: place.map(|place| place.values.get(key).copied().unwrap_or(place.entry)).unwrap_or_default(),
            path: format!("media.{id}.{key}"),
            message,
            hint,
        }
    }
}

/// One readable document.
pub(crate) struct Document {
    pub(crate) file: String,
    pub(crate) node: Node,
    pub(crate) stand_ins: BTreeSet<String>,
    pub(crate) body: Body,
}

pub(crate) enum Body {
    Exhibition(Box<Exhibition>),
    Sources(Sources),
    Media(MediaList),
    Bank(Bank),
    Scene(Box<Scene>),
}

/// Reads and checks the documents of an exhibition.
///
/// `documents` holds the bytes of every YAML file by its path below the exhibition's folder, `files` the size in bytes
/// of every other file there. Nothing is opened. Any bytes are accepted; what is wrong with them is in the findings.
pub fn compile(documents: &BTreeMap<String, Vec<u8>>, files: &BTreeMap<String, u64>) -> Compilation {
    let mut findings = Findings::default();
    let mut read = Vec::new();
    let mut unreadable = false;
    if documents.len() > DOCUMENTS_MAX {
        findings.push(whole(
            "",
            "too_many_documents",
            both(
                format!("文档有 {} 份，上限 {DOCUMENTS_MAX} 份", documents.len()),
                format!("{} documents, at most {DOCUMENTS_MAX} are read", documents.len()),
            ),
            None,
        ));
    }
    for (file, bytes) in documents.iter().take(DOCUMENTS_MAX) {
        match read_document(file, bytes, &mut findings) {
            Some(document) => read.push(document),
            None => unreadable = true,
        }
    }
    check::check(&read, files, unreadable, &mut findings);

    let mut compilation = gather(read);
    findings.settle();
    if findings.has_errors() {
        compilation.compiled = None;
    }
    compilation.findings = findings;
    compilation
}

fn whole(file: &str, code: &str, message: Text, hint: Option<Text>) -> Finding {
    Finding {
        severity: Severity::Error,
        code: code.to_owned(),
        file: file.to_owned(),
        at: Mark::default(),
        path: String::new(),
        message,
        hint,
    }
}

fn read_document(file: &str, bytes: &[u8], findings: &mut Findings) -> Option<Document> {
    let (node, troubles) = yaml::read(bytes);
    let mut push = |trouble: yaml::Trouble| {
        findings.push(Finding {
            severity: Severity::Error,
            code: trouble.code.to_owned(),
            file: file.to_owned(),
            at: trouble.at,
            path: trouble.path,
            message: trouble.message,
            hint: trouble.hint,
        });
    };
    let silent = troubles.is_empty();
    let aliases: Vec<Mark> =
        troubles.iter().filter(|trouble| trouble.code == "yaml_alias").map(|trouble| trouble.at).collect();
    troubles.into_iter().for_each(&mut push);
    let trouble = |code, at, message, hint| yaml::Trouble { code, at, path: String::new(), message, hint };
    let Some(node) = node.filter(|node| !node.is_null()) else {
        if silent {
            push(trouble(
                "document_empty",
                Mark::default(),
                both("文件是空的", "the file is empty"),
                Some(both("写内容，或删去此文件", "write something, or remove the file")),
            ));
        }
        return None;
    };
    let Some(kind) = node.get("kind") else {
        let first = node.entries().first();
        let hint = first
            .and_then(|(key, _)| crate::shape::nearest(&key.text, ["kind"]).map(|_| key.text.clone()))
            .map(|word| {
                both(
                    format!("`{}` 是不是要写 `kind`？", short(&word)),
                    format!("was `{}` meant to be `kind`?", short(&word)),
                )
            })
            .or_else(|| {
                let wide = node.scalar().is_some_and(|text| text.contains('：'));
                wide.then(|| {
                    both(
                        "键后面要用半角冒号加空格（: ），不是全角（：）",
                        "after a key comes an ASCII colon and a space, not `：`",
                    )
                })
            })
            .or_else(|| suggest("", KINDS));
        let at = first.map_or(node.at, |(key, _)| key.at);
        push(trouble(
            "kind_missing",
            at,
            both("缺少 `kind`：不知道这是哪种文档", "`kind` is missing: it says what the document is"),
            hint,
        ));
        return None;
    };
    let word = kind.scalar().unwrap_or_default();
    let Some(schema) = schema(word) else {
        push(trouble(
            "kind_unknown",
            kind.at,
            both(format!("没有 `kind: {}` 这种文档", short(word)), format!("there is no `kind: {}`", short(word))),
            suggest(word, KINDS),
        ));
        return None;
    };
    let shaped = shape(schema, &node);
    // What an alias would have stood for is not known, so nothing is said about it.
    shaped.troubles.into_iter().filter(|trouble| !aliases.contains(&trouble.at)).for_each(&mut push);
    match body(word, shaped.value) {
        Ok(body) => Some(Document { file: file.to_owned(), node, stand_ins: shaped.stand_ins, body }),
        Err(error) => {
            // The shape has filled what was missing, so this is a rule of a type that its schema cannot say.
            push(trouble(
                "wrong_type",
                node.at,
                both(format!("读不懂这份文档（{error}）"), format!("the document cannot be understood: {error}")),
                None,
            ));
            None
        }
    }
}

fn body(kind: &str, mut value: serde_json::Value) -> Result<Body, serde_json::Error> {
    fn typed<T: DeserializeOwned>(mut value: serde_json::Value) -> Result<T, serde_json::Error> {
        if let Some(object) = value.as_object_mut() {
            object.shift_remove("kind");
        }
        serde_json::from_value(value)
    }
    Ok(match kind {
        "exhibition" => Body::Exhibition(Box::new(typed(value)?)),
        "sources" => Body::Sources(typed(value)?),
        "media" => Body::Media(typed(value)?),
        "bank" => Body::Bank(typed(value)?),
        _ => {
            value["kind"] = kind.into();
            Body::Scene(Box::new(serde_json::from_value(value)?))
        }
    })
}

fn gather(read: Vec<Document>) -> Compilation {
    let mut exhibition = None;
    let mut compiled = Parts::default();
    let mut places = BTreeMap::new();
    for document in read {
        match document.body {
            Body::Exhibition(body) => exhibition = exhibition.or(Some(*body)),
            Body::Sources(body) => compiled.sources.extend(body.sources),
            Body::Media(body) => {
                // By id once: looking each up in a long list would take its length squared.
                let nodes: HashMap<&str, &(yaml::Key, Node)> = document
                    .node
                    .get("media")
                    .map(|list| list.entries().iter().map(|entry| (entry.0.text.as_str(), entry)).collect())
                    .unwrap_or_default();
                for (id, media) in body.media {
                    let Some((key, node)) = nodes.get(id.as_str()).copied() else { continue };
                    let values = ["file", "captions", "poster", "layers"]
                        .into_iter()
                        .filter_map(|key| Some((key, node.get(key)?.at)))
                        .collect();
                    let entry = key.at;
                    places.entry(id.clone()).or_insert(Place { file: document.file.clone(), entry, values });
                    compiled.media.entry(id).or_insert(media);
                }
            }
            Body::Bank(body) => {
                compiled.banks.insert(body.id.clone(), body);
            }
            Body::Scene(body) => {
                compiled.scenes.insert(body.id().clone(), *body);
            }
        }
    }
    let media = compiled.media.clone();
    Compilation {
        compiled: exhibition.map(|exhibition| Compiled {
            exhibition,
            sources: compiled.sources,
            media: compiled.media,
            scenes: compiled.scenes,
            banks: compiled.banks,
        }),
        findings: Findings::default(),
        media,
        places,
    }
}

#[derive(Default)]
struct Parts {
    sources: BTreeMap<crate::SourceId, crate::Source>,
    media: BTreeMap<MediaId, Media>,
    scenes: BTreeMap<crate::SceneId, Scene>,
    banks: BTreeMap<crate::BankId, Bank>,
}

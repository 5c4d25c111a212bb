//! A tree against the schema of its kind: every key known, every value of the right sort, nothing missing. All
//! mistakes are reported, and whatever is missing or wrong is replaced by a stand-in, so that the typed document
//! exists in any case and the rules that follow can look at the rest of it.
//!
//! This reads the dialect that `schemars` writes for our types, no more; a test walks every schema and fails on a
//! construct that is not handled here.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value, json};

use crate::{
    Text,
    finding::{Mark, both},
    limits::FINDINGS_MAX,
    yaml::{self, Node, Trouble},
};

/// What became of a tree.
pub(crate) struct Shaped {
    /// Deserialises into the document type of the schema.
    pub(crate) value: Value,
    /// Paths at which a stand-in was put. Later rules keep silent at and below them.
    pub(crate) stand_ins: BTreeSet<String>,
    pub(crate) troubles: Vec<Trouble>,
}

/// Checks `node` against `schema`, which is one of [`crate::schema()`].
pub(crate) fn shape(schema: &Value, node: &Node) -> Shaped {
    let mut walk = Walk { root: schema, path: String::new(), stand_ins: BTreeSet::new(), troubles: Vec::new() };
    let value = walk.value(schema, node);
    Shaped { value, stand_ins: walk.stand_ins, troubles: walk.troubles }
}

/// The nearest of `known` to `word`, if it is near enough to be what was meant.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        // Half a word changed is another word, and so is a single letter.
        .filter(|(distance, candidate)| *distance < candidate.chars().count())
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count().max(word.chars().count()) / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

/// "Did you mean", or the list of what is possible.
pub(crate) fn suggest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<Text> {
    const LISTED_MAX: usize = 16;
    /// Comparing with more would take longer than an editor waits.
    const COMPARED_MAX: usize = 1_000;
    let known: Vec<&str> = known.into_iter().collect();
    if known.is_empty() {
        return None;
    }
    // A word of this length is no slip of the pen, and comparing it would cost its length squared.
    let near = if word.len() <= 200 { nearest(word, known.iter().copied().take(COMPARED_MAX)) } else { None };
    Some(match near {
        Some(near) => both(format!("是不是 `{near}`？"), format!("did you mean `{near}`?")),
        None => {
            let mut list = known.iter().take(LISTED_MAX).map(|word| format!("`{word}`")).collect::<Vec<_>>();
            let more = known.len().saturating_sub(LISTED_MAX);
            if more > 0 {
                list.push(format!("… +{more}"));
            }
            both(format!("可用：{}", list.join("、")), format!("possible: {}", list.join(", ")))
        }
    })
}

struct Walk<'s> {
    root: &'s Value,
    path: String,
    stand_ins: BTreeSet<String>,
    troubles: Vec<Trouble>,
}

/// The keys an object may have, gathered over `$ref`, the chosen branch of `oneOf` and the object's own.
#[derive(Default)]
struct Keys<'s> {
    known: Vec<(&'s str, &'s Value)>,
    required: Vec<&'s str>,
    others: Option<&'s Value>,
}

impl<'s> Walk<'s> {
    fn value(&mut self, schema: &'s Value, node: &Node) -> Value {
        let schema = self.resolve(schema);
        if let Some(inner) = optional(schema) {
            return match inner {
                _ if node.is_null() => Value::Null,
                Inner::Schema(inner) => self.value(inner, node),
                Inner::Type(kind) => self.plain(kind, schema, node),
            };
        }
        if let Some(words) = words(schema) {
            return self.word(&words, schema, node);
        }
        if is_text(schema) {
            return self.text(schema, node);
        }
        if let Some(Value::Array(branches)) = schema.get("oneOf")
            && schema.get("properties").is_none()
            && !matches!(&node.value, yaml::Value::Map(_))
        {
            // A word that stands for itself, or an object: such as `digits` or `{ characters: … }`.
            let found: Vec<&str> = branches.iter().filter_map(|branch| branch.get("const")?.as_str()).collect();
            if !found.is_empty() {
                return self.word(&found, schema, node);
            }
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("object") => self.object(schema, node),
            None if schema.get("oneOf").is_some() => self.object(schema, node),
            Some(kind) => self.plain(kind, schema, node),
            None => self.stand_in(schema),
        }
    }

    fn plain(&mut self, kind: &str, schema: &'s Value, node: &Node) -> Value {
        let text = node.scalar();
        match kind {
            "string" => match text {
                Some(text) if !node.is_null() => json!(text),
                _ => self.wrong(schema, node, both("这里要写文字", "a text belongs here")),
            },
            "boolean" => match text {
                Some("true") => json!(true),
                Some("false") => json!(false),
                _ => self.wrong(schema, node, both("这里要写 true 或 false", "`true` or `false` belongs here")),
            },
            "integer" => {
                let number = text.filter(|_| is_plain(node)).and_then(|text| text.parse::<i64>().ok());
                let (low, high) = range(schema);
                match number {
                    Some(number) if (low..=high).contains(&number) => json!(number),
                    Some(_) => self.wrong(
                        schema,
                        node,
                        both(format!("要在 {low} 到 {high} 之间"), format!("must lie between {low} and {high}")),
                    ),
                    None => self.wrong(schema, node, both("这里要写整数", "a whole number belongs here")),
                }
            }
            "number" => {
                let number = text
                    .filter(|text| {
                        is_plain(node) && text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
                    })
                    .and_then(|text| text.parse::<f64>().ok())
                    .filter(|number| number.abs() <= 1.0e9)
                    .and_then(Number::from_f64);
                match number {
                    Some(number) => Value::Number(number),
                    None => self.wrong(schema, node, both("这里要写数字", "a number belongs here")),
                }
            }
            "array" => self.list(schema, node),
            _ => self.object(schema, node),
        }
    }

    fn word(&mut self, words: &[&str], schema: &'s Value, node: &Node) -> Value {
        match node.scalar() {
            Some(text) if words.contains(&text) => json!(text),
            Some(text) if !node.is_null() => {
                let message = both(format!("不认识 `{}`", short(text)), format!("`{}` is not known here", short(text)));
                self.trouble("unknown_value", node.at, message, suggest(text, words.iter().copied()));
                self.stand_in(schema)
            }
            _ => {
                let message = both("这里要写一个词", "a word belongs here");
                self.trouble("wrong_type", node.at, message, suggest("", words.iter().copied()));
                self.stand_in(schema)
            }
        }
    }

    fn text(&mut self, schema: &'s Value, node: &Node) -> Value {
        match &node.value {
            yaml::Value::Scalar { text, .. } if !node.is_null() => json!(text),
            yaml::Value::Map(entries) => {
                let mut all = Map::new();
                for (key, below) in entries {
                    let known = crate::Lang::ALL.iter().any(|lang| lang.tag() == key.text);
                    if !known {
                        let message = both(
                            format!("不认识语言 `{}`", short(&key.text)),
                            format!("`{}` is not a language of this format", short(&key.text)),
                        );
                        let hint = suggest(&key.text, crate::Lang::ALL.iter().map(|lang| lang.tag()));
                        self.trouble("unknown_key", key.at, message, hint);
                        continue;
                    }
                    let text = self.below(&key.text, |walk| match below.scalar() {
                        Some(text) if !below.is_null() => json!(text),
                        _ => {
                            walk.trouble("wrong_type", below.at, both("这里要写文字", "a text belongs here"), None);
                            walk.mark_stand_in();
                            json!("")
                        }
                    });
                    all.insert(key.text.clone(), text);
                }
                if !all.contains_key("zh-CN") {
                    let at = entries.first().map_or(node.at, |(key, _)| key.at);
                    let message = both("缺少 zh-CN 文字", "the text in zh-CN is missing");
                    self.trouble(
                        "missing_key",
                        at,
                        message,
                        Some(both(
                            "每段文字都要有 zh-CN，其他语言可缺",
                            "every text has zh-CN; other languages may be absent",
                        )),
                    );
                    self.mark_stand_in();
                    all.insert("zh-CN".into(), json!(""));
                }
                Value::Object(all)
            }
            _ => self.wrong(
                schema,
                node,
                both("这里要写文字，或按语言分写的文字", "a text belongs here, or texts by language"),
            ),
        }
    }

    fn list(&mut self, schema: &'s Value, node: &Node) -> Value {
        let yaml::Value::List(items) = &node.value else {
            return self.wrong(schema, node, both("这里要写列表", "a list belongs here"));
        };
        let low = schema.get("minItems").and_then(Value::as_u64);
        let high = schema.get("maxItems").and_then(Value::as_u64);
        let length = items.len() as u64;
        if low.is_some_and(|low| length < low) || high.is_some_and(|high| length > high) {
            let want = low.or(high).unwrap_or_default();
            return self.wrong(
                schema,
                node,
                both(format!("要写 {want} 项，这里有 {length} 项"), format!("{want} items belong here, not {length}")),
            );
        }
        let Some(item) = schema.get("items") else {
            return json!([]);
        };
        let mut list = Vec::with_capacity(items.len());
        for (index, below) in items.iter().enumerate() {
            let before = self.path.len();
            self.path.push_str(&format!("[{index}]"));
            list.push(self.value(item, below));
            self.path.truncate(before);
        }
        Value::Array(list)
    }

    fn object(&mut self, schema: &'s Value, node: &Node) -> Value {
        let yaml::Value::Map(entries) = &node.value else {
            return self.wrong(schema, node, both("这里要写“键: 值”", "keys with values belong here"));
        };
        let Some(keys) = self.keys(schema, node) else {
            return self.stand_in(schema);
        };
        let mut object = Map::new();
        // Once for all entries: a map may have a hundred thousand of them.
        let absent: Vec<&str> =
            keys.known.iter().map(|(name, _)| *name).filter(|name| node.get(name).is_none()).collect();
        for (key, below) in entries {
            let known = keys.known.iter().find(|(name, _)| *name == key.text).map(|(_, schema)| *schema);
            match known.or(keys.others) {
                Some(inner) => {
                    let value = self.below(&key.text, |walk| walk.value(inner, below));
                    // An absent key and an empty one are the same where nothing is required.
                    object.insert(key.text.clone(), value);
                }
                None if self.troubles.len() >= FINDINGS_MAX => {}
                None => {
                    let message = both(
                        format!("不认识的键 `{}`", short(&key.text)),
                        format!("unknown key `{}`", short(&key.text)),
                    );
                    self.trouble("unknown_key", key.at, message, suggest(&key.text, absent.iter().copied()));
                }
            }
        }
        for required in &keys.required {
            if !object.contains_key(*required) {
                let at = entries.first().map_or(node.at, |(key, _)| key.at);
                let inner = keys.known.iter().find(|(name, _)| name == required).map(|(_, schema)| *schema);
                let hint = inner.and_then(|inner| self.describe(inner));
                self.trouble(
                    "missing_key",
                    at,
                    both(format!("缺少 `{required}`"), format!("`{required}` is missing")),
                    hint,
                );
                let value = self.below(required, |walk| match inner {
                    Some(inner) => walk.stand_in(inner),
                    None => Value::Null,
                });
                object.insert((*required).to_owned(), value);
            }
        }
        Value::Object(object)
    }

    /// The keys of `schema` for `node`, or `None` after reporting that no branch fits.
    fn keys(&mut self, schema: &'s Value, node: &Node) -> Option<Keys<'s>> {
        let mut keys = Keys::default();
        if let Some(reference) = schema.get("$ref") {
            let inner = self.keys(self.reference(reference), node)?;
            keys.known.extend(inner.known);
            keys.required.extend(inner.required);
            keys.others = inner.others;
        }
        if let Some(Value::Object(properties)) = schema.get("properties") {
            keys.known.extend(properties.iter().map(|(name, schema)| (name.as_str(), schema)));
        }
        if let Some(Value::Array(required)) = schema.get("required") {
            keys.required.extend(required.iter().filter_map(Value::as_str));
        }
        if let Some(others @ Value::Object(_)) = schema.get("additionalProperties") {
            keys.others = Some(others);
        }
        if let Some(Value::Array(branches)) = schema.get("oneOf") {
            let branch = self.branch(branches, node)?;
            let inner = self.keys(branch, node)?;
            // The tag first: it is what an author writes first.
            keys.known.extend(inner.known);
            keys.required.extend(inner.required);
        }
        Some(keys)
    }

    /// The branch that `node` means: by the value of its tag, or by the one key it has.
    fn branch(&mut self, branches: &'s [Value], node: &Node) -> Option<&'s Value> {
        let objects: Vec<&'s Value> = branches.iter().filter(|branch| branch.get("properties").is_some()).collect();
        let tag = objects.first().and_then(|branch| {
            let properties = branch.get("properties")?.as_object()?;
            properties.iter().find(|(_, schema)| schema.get("const").is_some()).map(|(name, _)| name.as_str())
        });
        let Some(tag) = tag else {
            let names: Vec<&'s str> = objects
                .iter()
                .filter_map(|branch| branch.get("properties")?.as_object()?.keys().next())
                .map(String::as_str)
                .collect();
            let chosen = names.iter().position(|name| node.get(name).is_some());
            if let Some(chosen) = chosen {
                return Some(objects[chosen]);
            }
            let written = node.entries().first();
            let (word, at) = written.map_or(("", node.at), |(key, _)| (key.text.as_str(), key.at));
            let message = both(format!("不认识的键 `{}`", short(word)), format!("unknown key `{}`", short(word)));
            self.trouble("unknown_key", at, message, suggest(word, names));
            return None;
        };
        let words: Vec<&'s str> =
            objects.iter().filter_map(|branch| branch.get("properties")?.get(tag)?.get("const")?.as_str()).collect();
        let Some(written) = node.get(tag) else {
            let at = node.entries().first().map_or(node.at, |(key, _)| key.at);
            let message = both(format!("缺少 `{tag}`"), format!("`{tag}` is missing"));
            self.trouble("missing_key", at, message, suggest("", words));
            return None;
        };
        let word = written.scalar().unwrap_or_default();
        match words.iter().position(|known| *known == word) {
            Some(chosen) => Some(objects[chosen]),
            None => {
                let message =
                    both(format!("不认识 `{tag}: {}`", short(word)), format!("`{tag}: {}` is not known", short(word)));
                self.trouble("unknown_value", written.at, message, suggest(word, words));
                None
            }
        }
    }

    fn wrong(&mut self, schema: &'s Value, node: &Node, message: Text) -> Value {
        let hint = self.describe(schema);
        self.trouble("wrong_type", node.at, message, hint);
        self.stand_in(schema)
    }

    fn trouble(&mut self, code: &'static str, at: Mark, message: Text, hint: Option<Text>) {
        // All are errors, so more of them change nothing but the length of the list.
        if self.troubles.len() > FINDINGS_MAX {
            return;
        }
        self.troubles.push(Trouble { code, at, path: self.path.clone(), message, hint });
    }

    /// What the schema says about a value; the same English sentence for both languages, as in the format's pages.
    fn describe(&self, schema: &'s Value) -> Option<Text> {
        let description =
            schema.get("description").or_else(|| self.resolve(schema).get("description")).and_then(Value::as_str)?;
        let sentence = description.split("\n\n").next().unwrap_or(description).replace('\n', " ");
        Some(both(sentence.clone(), sentence))
    }

    fn mark_stand_in(&mut self) {
        self.stand_ins.insert(self.path.clone());
    }

    /// The plainest value that `schema` allows.
    fn stand_in(&mut self, schema: &'s Value) -> Value {
        self.mark_stand_in();
        self.plainest(schema, 0)
    }

    fn plainest(&self, schema: &'s Value, depth: usize) -> Value {
        let schema = self.resolve(schema);
        // Our types do not nest themselves; the bound keeps a future one that does from looping.
        if depth > 16 || optional(schema).is_some() {
            return Value::Null;
        }
        if let Some(words) = words(schema) {
            return json!(words.first());
        }
        if is_text(schema) {
            return json!("");
        }
        if let Some(word) = schema.get("const") {
            return word.clone();
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("string") => json!(""),
            Some("boolean") => json!(false),
            Some("integer") => json!(range(schema).0.max(0)),
            Some("number") => json!(0.0),
            Some("array") => {
                let length = schema.get("minItems").and_then(Value::as_u64).unwrap_or_default();
                let item = schema.get("items").map(|item| self.plainest(item, depth + 1));
                Value::Array((0..length).filter_map(|_| item.clone()).collect())
            }
            _ => {
                let mut object = Map::new();
                self.fill(schema, depth, &mut object);
                Value::Object(object)
            }
        }
    }

    fn fill(&self, schema: &'s Value, depth: usize, object: &mut Map<String, Value>) {
        if let Some(reference) = schema.get("$ref") {
            self.fill(self.reference(reference), depth + 1, object);
        }
        if let Some(Value::Array(required)) = schema.get("required") {
            for name in required.iter().filter_map(Value::as_str) {
                if let Some(inner) = schema.get("properties").and_then(|properties| properties.get(name)) {
                    object.insert(name.to_owned(), self.plainest(inner, depth + 1));
                }
            }
        }
        if let Some(branch) = schema
            .get("oneOf")
            .and_then(Value::as_array)
            .and_then(|branches| branches.iter().find(|branch| branch.get("properties").is_some()))
        {
            self.fill(branch, depth + 1, object);
        }
    }

    /// Follows a `$ref` that stands alone. One beside `properties` is part of the object and stays.
    fn resolve(&self, schema: &'s Value) -> &'s Value {
        match schema.get("$ref") {
            Some(reference) if schema.get("properties").is_none() => self.reference(reference),
            _ => schema,
        }
    }

    fn reference(&self, reference: &'s Value) -> &'s Value {
        let pointer = reference.as_str().and_then(|reference| reference.strip_prefix('#')).unwrap_or_default();
        self.root.pointer(pointer).unwrap_or(&Value::Null)
    }

    fn below<T>(&mut self, key: &str, f: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.path.len();
        if before > 0 {
            self.path.push('.');
        }
        self.path.push_str(key);
        let result = f(self);
        self.path.truncate(before);
        result
    }
}

enum Inner<'s> {
    Schema(&'s Value),
    Type(&'s str),
}

/// What may also be nothing: `["string", "null"]`, or `anyOf` something and null.
fn optional(schema: &Value) -> Option<Inner<'_>> {
    if let Some(Value::Array(kinds)) = schema.get("type") {
        return kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").map(Inner::Type);
    }
    let Some(Value::Array(branches)) = schema.get("anyOf") else {
        return None;
    };
    branches.iter().find(|branch| branch.get("type").is_none_or(|kind| kind != "null")).map(Inner::Schema)
}

/// The words of an enumeration.
fn words(schema: &Value) -> Option<Vec<&str>> {
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return Some(vec![word]);
    }
    if let Some(Value::Array(words)) = schema.get("enum") {
        return words.iter().map(Value::as_str).collect();
    }
    let Some(Value::Array(branches)) = schema.get("oneOf") else {
        return None;
    };
    let mut all = Vec::new();
    for branch in branches {
        match (branch.get("const"), branch.get("enum")) {
            (Some(word), _) => all.push(word.as_str()?),
            (None, Some(Value::Array(words))) => all.extend(words.iter().filter_map(Value::as_str)),
            _ => return None,
        }
    }
    Some(all)
}

fn is_text(schema: &Value) -> bool {
    schema.pointer("/oneOf/1/properties/zh-CN").is_some()
}

fn is_plain(node: &Node) -> bool {
    matches!(node.value, yaml::Value::Scalar { plain: true, .. })
}

fn range(schema: &Value) -> (i64, i64) {
    let (low, high) = match schema.get("format").and_then(Value::as_str) {
        Some("uint8") => (0, i64::from(u8::MAX)),
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (0, i64::from(u32::MAX)),
    };
    let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
    (bound("minimum").unwrap_or(low), bound("maximum").unwrap_or(high))
}

/// A word as it is quoted in a message, cut when somebody pasted a chapter.
pub(crate) fn short(word: &str) -> String {
    const SHOWN_CHARS: usize = 40;
    match word.char_indices().nth(SHOWN_CHARS) {
        Some((cut, _)) => format!("{}…", &word[..cut]),
        None => word.to_owned(),
    }
}

//! YAML bytes to a tree that remembers where everything stood. Never panics, never expands anything: anchors and
//! aliases are refused, depth and size are bounded, and a scalar stays the characters that were written until the
//! schema says what it should be (so `1935.10`, `no` and `1921-07-23` are safe as texts without quotes).

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span};

use crate::{
    Text,
    finding::{Mark, both},
    limits::{DOCUMENT_BYTES_MAX, DOCUMENT_DEPTH_MAX},
};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) at: Mark,
    pub(crate) value: Value,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// Characters as meant; `plain` without quotes and on one or more lines.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) at: Mark,
    pub(crate) text: String,
}

impl Node {
    /// True for nothing, `~` and `null`.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if text.is_empty() || text == "~" || text == "null")
    }

    /// The value under `key` of a map.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|(k, _)| k.text == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The characters of a scalar.
    pub(crate) fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a map.
    pub(crate) fn entries(&self) -> &[(Key, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The place of `path` (`events[3].sources[0]`), else of the nearest thing above it that exists.
    pub(crate) fn place(&self, path: &str) -> Mark {
        let mut node = self;
        let mut at = self.at;
        for step in path.split('.').flat_map(|part| part.split('[')) {
            if step.is_empty() {
                continue;
            }
            let below = match step.strip_suffix(']') {
                Some(index) => index.parse::<usize>().ok().and_then(|index| node.items().get(index)),
                None => node.get(step),
            };
            let Some(below) = below else { break };
            // A map or list begins wherever its first line does; its key is what an author looks for.
            let key = node.entries().iter().find(|(key, _)| key.text == step).map(|(key, _)| key.at);
            at = match (&below.value, key) {
                (Value::Map(_), Some(key)) => key,
                (Value::List(items), Some(key)) if !items.is_empty() => key,
                _ => below.at,
            };
            node = below;
        }
        at
    }
}

/// What stopped or troubled the reading.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) code: &'static str,
    pub(crate) at: Mark,
    /// Where in the document, as in [`crate::Finding`].
    pub(crate) path: String,
    pub(crate) message: Text,
    pub(crate) hint: Option<Text>,
}

fn trouble(code: &'static str, at: Mark, message: Text, hint: Option<Text>) -> Trouble {
    Trouble { code, at, path: String::new(), message, hint }
}

fn mark(span: &Span) -> Mark {
    let start = span.start;
    let end = span.end;
    let width = if end.line() == start.line() { end.col().saturating_sub(start.col()) } else { 1 };
    Mark {
        line: u32::try_from(start.line()).unwrap_or(u32::MAX),
        column: u32::try_from(start.col()).unwrap_or(u32::MAX).saturating_add(1),
        width: u32::try_from(width).unwrap_or(1).max(1),
    }
}

enum Open {
    List {
        at: Mark,
        items: Vec<Node>,
    },
    Map {
        at: Mark,
        entries: Vec<(Key, Node)>,
        /// The key whose value comes next; an empty one stands for a key that was no word.
        key: Option<Option<Key>>,
        /// Keys with their lines.
        seen: HashMap<String, u32>,
    },
}

/// Reads one document. The tree is there unless nothing could be made of the bytes; the troubles are all errors.
pub(crate) fn read(bytes: &[u8]) -> (Option<Node>, Vec<Trouble>) {
    let mut troubles = Vec::new();
    if bytes.len() > DOCUMENT_BYTES_MAX {
        troubles.push(trouble(
            "document_too_large",
            Mark::default(),
            both(
                format!("文件有 {} 字节，上限 {DOCUMENT_BYTES_MAX} 字节", bytes.len()),
                format!("the file has {} bytes, at most {DOCUMENT_BYTES_MAX} are read", bytes.len()),
            ),
            Some(both("拆成几个文件", "split it into several files")),
        ));
        return (None, troubles);
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            troubles.push(trouble(
                "not_utf8",
                place_of_byte(bytes, error.valid_up_to()),
                both("文件不是 UTF-8 编码", "the file is not UTF-8"),
                Some(both("用 UTF-8 另存（常见原因：用 GBK 保存）", "save it as UTF-8; GBK is the usual cause")),
            ));
            return (None, troubles);
        }
    };
    if text.bytes().any(|b| b == 0) {
        troubles.push(trouble(
            "yaml_syntax",
            Mark { line: 1, column: 1, width: 1 },
            both("文件里有零字节，不是文本", "the file contains zero bytes: it is not text"),
            None,
        ));
        return (None, troubles);
    }
    let node = parse(text, &mut troubles);
    (node, troubles)
}

fn place_of_byte(bytes: &[u8], offset: usize) -> Mark {
    let before = &bytes[..offset.min(bytes.len())];
    let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let lines = before.iter().filter(|b| **b == b'\n').count();
    let column = String::from_utf8_lossy(&before[line_start..]).chars().count();
    Mark {
        line: u32::try_from(lines + 1).unwrap_or(u32::MAX),
        column: u32::try_from(column + 1).unwrap_or(u32::MAX),
        width: 1,
    }
}

fn parse(text: &str, troubles: &mut Vec<Trouble>) -> Option<Node> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: DOCUMENT_DEPTH_MAX,
        block_nesting_limit: DOCUMENT_DEPTH_MAX,
        disallow_directives: true,
    };
    let mut stack: Vec<Open> = Vec::new();
    let mut root: Option<Node> = None;
    let mut documents = 0;
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, span) = match next {
            Ok(pair) => pair,
            Err(error) => {
                troubles.push(syntax_trouble(text, &error));
                // What was read so far is still a tree: its findings are worth having only when it is complete.
                return None;
            }
        };
        let at = mark(&span);
        let (anchor, tag) = match &event {
            Event::Scalar(_, _, anchor, tag) => (*anchor, tag.as_deref()),
            Event::SequenceStart(_, anchor, tag) | Event::MappingStart(_, anchor, tag) => (*anchor, tag.as_deref()),
            _ => (0, None),
        };
        if anchor != 0 {
            troubles.push(alias_trouble(at));
        }
        if let Some(tag) = tag
            && !tag.is_yaml_core_schema()
        {
            troubles.push(trouble(
                "yaml_tag",
                at,
                both(format!("不支持标签 `{tag}`"), format!("the tag `{tag}` is not supported")),
                Some(both("删去以 ! 开头的标签", "remove the tag that starts with `!`")),
            ));
        }
        let done = match event {
            Event::DocumentStart(..) => {
                documents += 1;
                if documents == 2 {
                    troubles.push(trouble(
                        "many_documents",
                        at,
                        both("一个文件只能有一份文档", "a file holds one document"),
                        Some(both("把 --- 之后的内容移到另一个文件", "move what follows `---` to a file of its own")),
                    ));
                    return root;
                }
                continue;
            }
            Event::Scalar(text, style, ..) => {
                Node { at, value: Value::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain } }
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if stack.len() >= DOCUMENT_DEPTH_MAX {
                    troubles.push(depth_trouble(at));
                    return None;
                }
                stack.push(match event {
                    Event::SequenceStart(..) => Open::List { at, items: Vec::new() },
                    _ => Open::Map { at, entries: Vec::new(), key: None, seen: HashMap::new() },
                });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match stack.pop() {
                Some(Open::List { at, items }) => Node { at, value: Value::List(items) },
                Some(Open::Map { at, entries, .. }) => Node { at, value: Value::Map(entries) },
                None => continue,
            },
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                troubles.push(alias_trouble(at));
                Node { at, value: Value::Scalar { text: String::new(), plain: true } }
            }
            _ => continue,
        };
        match stack.last_mut() {
            None => root = Some(done),
            Some(Open::List { items, .. }) => items.push(done),
            Some(Open::Map { entries, key, seen, .. }) => match key.take() {
                Some(None) => {}
                Some(Some(key)) => match seen.get(&key.text) {
                    Some(line) => troubles.push(trouble(
                        "duplicate_key",
                        key.at,
                        both(
                            format!("`{}` 写了两次，前一次在第 {line} 行", key.text),
                            format!("`{}` is written twice, first on line {line}", key.text),
                        ),
                        Some(both("只留一处", "keep one of them")),
                    )),
                    None => {
                        seen.insert(key.text.clone(), key.at.line);
                        entries.push((key, done));
                    }
                },
                None => match done.value {
                    Value::Scalar { text, .. } => *key = Some(Some(Key { at: done.at, text })),
                    _ => {
                        troubles.push(trouble(
                            "yaml_key",
                            done.at,
                            both("键必须是一个词，不能是列表或映射", "a key must be a word, not a list or a map"),
                            Some(both("检查括号和缩进", "check brackets and indentation")),
                        ));
                        *key = Some(None);
                    }
                },
            },
        }
    }
    root
}

fn alias_trouble(at: Mark) -> Trouble {
    trouble(
        "yaml_alias",
        at,
        both("不支持锚点（&）和引用（*）", "anchors (`&`) and aliases (`*`) are not supported"),
        Some(both("把内容写全；文字以 & 或 * 开头时加引号", "write it out; quote a text that starts with `&` or `*`")),
    )
}

fn depth_trouble(at: Mark) -> Trouble {
    trouble(
        "yaml_too_deep",
        at,
        both(format!("嵌套超过 {DOCUMENT_DEPTH_MAX} 层"), format!("nested deeper than {DOCUMENT_DEPTH_MAX} levels")),
        Some(both("检查缩进和括号", "check indentation and brackets")),
    )
}

fn syntax_trouble(text: &str, error: &granit_parser::ScanError) -> Trouble {
    let marker = error.marker();
    let at = Mark {
        line: u32::try_from(marker.line()).unwrap_or(u32::MAX).max(1),
        column: u32::try_from(marker.col()).unwrap_or(u32::MAX).saturating_add(1),
        width: 1,
    };
    let kind = error.kind().to_string();
    if kind.contains("nesting") || kind.contains("recursion") || kind.contains("depth") {
        return depth_trouble(at);
    }
    let line = text.lines().nth(marker.line().saturating_sub(1)).unwrap_or_default();
    let hint = if kind.contains("tab") || line.contains('\t') && line.trim_start_matches(' ').starts_with('\t') {
        both("缩进用空格，不用制表符", "indent with spaces, not tabs")
    } else if line.contains('：') && !line.contains(": ") {
        both("键后面要用半角冒号加空格（: ），不是全角（：）", "after a key comes an ASCII colon and a space, not `：`")
    } else if line.matches(": ").count() > 1 {
        both("文字里有冒号加空格时，整段加引号", "quote a text that contains a colon and a space")
    } else {
        both(
            "检查这一行和上一行的缩进、引号和括号",
            "check indentation, quotes and brackets on this line and the one above",
        )
    };
    trouble("yaml_syntax", at, both(format!("YAML 写法有误（{kind}）"), format!("not valid YAML: {kind}")), Some(hint))
}

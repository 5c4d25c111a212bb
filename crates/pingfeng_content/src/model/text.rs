//! Text in one or more languages.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A language that the product speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Lang {
    /// Chinese in simplified characters: the language that every text has.
    #[default]
    #[serde(rename = "zh-CN")]
    ZhCn,
    /// English.
    #[serde(rename = "en")]
    En,
}

impl Lang {
    /// Every language, the default first.
    pub const ALL: [Lang; 2] = [Lang::ZhCn, Lang::En];

    /// BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::ZhCn => "zh-CN",
            Lang::En => "en",
        }
    }
}

/// What a visitor reads. In YAML either one string (zh-CN) or a map of language to string:
///
/// ```yaml
/// title: 遵义会议
/// title: { zh-CN: 遵义会议, en: The Zunyi Meeting }
/// ```
///
/// zh-CN is always there; another language falls back to it. Authors may mark with U+2060 (word joiner) two
/// characters that must stay on one line, and with a newline a break made by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// zh-CN.
    pub zh: String,
    /// Other languages.
    pub other: BTreeMap<Lang, String>,
}

impl Text {
    /// A text that exists in zh-CN only.
    pub fn zh(text: impl Into<String>) -> Self {
        Self { zh: text.into(), other: BTreeMap::new() }
    }

    /// The words in `lang`, else in zh-CN.
    pub fn get(&self, lang: Lang) -> &str {
        match self.other.get(&lang) {
            Some(text) if lang != Lang::ZhCn => text,
            _ => &self.zh,
        }
    }

    /// True if there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.zh.trim().is_empty()
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.other.is_empty() {
            return serializer.serialize_str(&self.zh);
        }
        let mut all = BTreeMap::from([(Lang::ZhCn, self.zh.as_str())]);
        all.extend(self.other.iter().map(|(lang, text)| (*lang, text.as_str())));
        all.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Text;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a map of language to text with `zh-CN`")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text::zh(text))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
                let mut all = BTreeMap::<Lang, String>::new();
                while let Some((lang, text)) = map.next_entry()? {
                    all.insert(lang, text);
                }
                let zh = all.remove(&Lang::ZhCn).ok_or_else(|| de::Error::missing_field("zh-CN"))?;
                Ok(Text { zh, other: all })
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "What a visitor reads: one string (zh-CN), or a map of language to string with zh-CN.",
            "oneOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": { "zh-CN": { "type": "string" }, "en": { "type": "string" } },
                    "required": ["zh-CN"],
                    "additionalProperties": false
                }
            ]
        })
    }
}

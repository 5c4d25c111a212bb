//! Words of the interface, by key. The exhibition's own words are in its documents.

use std::collections::HashMap;

use pingfeng_content::model::Lang;

const ZH_CN: &str = include_str!("../../assets/locale/zh-CN.toml");
const EN: &str = include_str!("../../assets/locale/en.toml");

/// The interface in every language.
#[derive(Clone, Debug, Default)]
pub struct Words {
    zh: HashMap<String, String>,
    en: HashMap<String, String>,
}

impl Words {
    /// Reads the files that are part of the program.
    pub fn load() -> Result<Self, toml::de::Error> {
        Ok(Self { zh: flatten(ZH_CN)?, en: flatten(EN)? })
    }

    /// The word of `key` in `lang`, else in zh-CN, else the key itself, so that a slip can be seen and nothing fails.
    pub fn get<'a>(&'a self, lang: Lang, key: &'a str) -> &'a str {
        let own = match lang {
            Lang::ZhCn => None,
            Lang::En => self.en.get(key),
        };
        own.or_else(|| self.zh.get(key)).map_or(key, String::as_str)
    }
}

/// Keys of nested tables are joined with a dot.
fn flatten(text: &str) -> Result<HashMap<String, String>, toml::de::Error> {
    fn walk(prefix: &str, table: &toml::Table, out: &mut HashMap<String, String>) {
        for (key, value) in table {
            let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            match value {
                toml::Value::String(word) => {
                    out.insert(key, word.clone());
                }
                toml::Value::Table(table) => walk(&key, table, out),
                _ => {}
            }
        }
    }
    let mut out = HashMap::new();
    walk("", &toml::from_str(text)?, &mut out);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_keys() {
        let words = Words::load().unwrap();
        let mut zh: Vec<_> = words.zh.keys().collect();
        let mut en: Vec<_> = words.en.keys().collect();
        zh.sort();
        en.sort();
        assert_eq!(zh, en);
    }
}

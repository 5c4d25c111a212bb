//! `kind: oath`: a group reads an oath after its leader.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Refers};
use crate::{
    SceneId, SourceId, Text,
    check::{Sheet, World, refs, text},
};

/// An oath. Its words are fixed and not part of the document: nobody can change, shorten or decorate them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Oath {
    /// ASCII name.
    pub id: SceneId,
    /// As tiles and lists call it: `入党誓词`.
    pub title: Text,
    /// Which one.
    pub words: OathWords,
    /// Where the words stand.
    pub sources: Vec<SourceId>,
    /// Where to go afterwards.
    pub next: Option<SceneId>,
}

/// Oaths whose words the program has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OathWords {
    /// 入党誓词, as in article 6 of the constitution of the Party.
    PartyAdmission,
}

impl OathWords {
    /// The lines, as they are read.
    pub fn lines(self) -> &'static [&'static str] {
        match self {
            OathWords::PartyAdmission => &[
                "我志愿加入中国共产党",
                "拥护党的纲领",
                "遵守党的章程",
                "履行党员义务",
                "执行党的决定",
                "严守党的纪律",
                "保守党的秘密",
                "对党忠诚",
                "积极工作",
                "为共产主义奋斗终身",
                "随时准备为党和人民牺牲一切",
                "永不叛党",
            ],
        }
    }
}

impl Kind for Oath {
    fn title(&self) -> Option<&Text> {
        Some(&self.title)
    }

    fn check(&self, world: &World, sheet: &mut Sheet) {
        text::title(world, sheet, "title", &self.title);
        refs::sources(world, sheet, "sources", &self.sources);
        if let Some(next) = &self.next {
            refs::scene(world, sheet, "next", next);
        }
    }

    fn refers<'d>(&'d self, to: &mut Refers<'d>) {
        to.sources.extend(&self.sources);
        to.scenes.extend(&self.next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_admission_are_the_eighty_characters_of_the_constitution() {
        let words: usize = OathWords::PartyAdmission.lines().iter().map(|line| line.chars().count()).sum();
        assert_eq!((OathWords::PartyAdmission.lines().len(), words), (12, 80));
    }
}

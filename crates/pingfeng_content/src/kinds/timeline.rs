//! `kind: timeline`: events along a rail.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Refers, date_in_order, doubtful, headings};
use crate::{
    Certainty, MediaId, PieceId, SceneId, SourceId, Text,
    check::{Sheet, World, count, refs, text},
    finding::both,
    limits::{ERA_CHARS_MAX, ITEMS_MAX},
    shape::suggest,
};

/// Events along a rail, with era jumps and a card for the chosen one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    /// ASCII name.
    pub id: SceneId,
    /// Such as 万里长征.
    pub title: Text,
    /// Such as 第四章.
    pub chapter: Option<Text>,
    /// Jumps; empty for a timeline of one era.
    #[serde(default)]
    pub eras: Vec<Era>,
    /// In the order of time.
    pub events: Vec<Event>,
    /// Where to go after the last event.
    pub next: Option<SceneId>,
}

/// A named stretch of a timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Era {
    /// Named by events.
    pub id: PieceId,
    /// On its tab, at most six characters.
    pub title: Text,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// ASCII name.
    pub id: PieceId,
    /// ISO 8601: a year, month, day, or a range with `/`. A string, always quoted in YAML.
    pub date: String,
    /// On the rail: `1935.1`.
    pub mark: Text,
    /// Day and place on the card: `1月15日至17日　贵州遵义`.
    pub when: Text,
    /// Such as 遵义会议.
    pub title: Text,
    /// One paragraph.
    pub text: Text,
    /// Behind the card; the scene keeps the last one when absent.
    pub picture: Option<MediaId>,
    /// The era it belongs to.
    pub era: Option<PieceId>,
    /// How sure the date and numbers are.
    pub certainty: Certainty,
    /// At least one.
    pub sources: Vec<SourceId>,
    /// A note for editors; never on the screen.
    pub note: Option<String>,
}

impl Kind for Timeline {
    fn title(&self) -> Option<&Text> {
        Some(&self.title)
    }

    fn check(&self, world: &World, sheet: &mut Sheet) {
        headings(world, sheet, &self.title, &self.chapter);
        count(sheet, "eras", self.eras.len(), 0, ITEMS_MAX);
        count(sheet, "events", self.events.len(), 1, ITEMS_MAX);
        if self.eras.len() > ITEMS_MAX || self.events.len() > ITEMS_MAX {
            // Every era is looked for in every event: not in lists that have been refused for their length.
            return;
        }
        let eras = self.eras.iter().enumerate();
        refs::piece_ids(sheet, eras.map(|(index, era)| (format!("eras[{index}].id"), &era.id)));
        for (index, era) in self.eras.iter().enumerate() {
            let path = format!("eras[{index}]");
            text::check(world, sheet, &format!("{path}.title"), &era.title, ERA_CHARS_MAX);
            if !self.events.iter().any(|event| event.era.as_ref() == Some(&era.id)) {
                sheet.warning(
                    &format!("{path}.id"),
                    "era_empty",
                    both(format!("时期 `{}` 没有事件", era.id), format!("the era `{}` has no event", era.id)),
                    Some(both("删去，或给事件写上 `era`", "remove it, or give events this `era`")),
                );
            }
        }
        let events = self.events.iter().enumerate();
        refs::piece_ids(sheet, events.map(|(index, event)| (format!("events[{index}].id"), &event.id)));
        let mut before = None;
        for (index, event) in self.events.iter().enumerate() {
            let at = format!("events[{index}]");
            let date = date_in_order(sheet, &format!("{at}.date"), &event.date, &mut before);
            if let Some((from, to)) = date {
                mark_year(sheet, &format!("{at}.mark"), &event.mark, from.0, to.0);
            }
            text::title(world, sheet, &format!("{at}.mark"), &event.mark);
            text::line(world, sheet, &format!("{at}.when"), &event.when);
            text::title(world, sheet, &format!("{at}.title"), &event.title);
            text::paragraph(world, sheet, &format!("{at}.text"), &event.text);
            if let Some(picture) = &event.picture {
                refs::picture(world, sheet, &format!("{at}.picture"), picture);
            }
            match &event.era {
                Some(era) if !self.eras.iter().any(|known| known.id == *era) => sheet.error(
                    &format!("{at}.era"),
                    "era_missing",
                    both(format!("没有时期 `{era}`"), format!("no era `{era}`")),
                    suggest(era.as_str(), self.eras.iter().map(|era| era.id.as_str())),
                ),
                None if !self.eras.is_empty() => sheet.warning(
                    &at,
                    "era_none",
                    both(
                        format!("事件 `{}` 不属于任何时期", event.id),
                        format!("the event `{}` belongs to no era", event.id),
                    ),
                    suggest("", self.eras.iter().map(|era| era.id.as_str())),
                ),
                _ => {}
            }
            doubtful(sheet, &format!("{at}.certainty"), event.certainty);
            refs::sources(world, sheet, &format!("{at}.sources"), &event.sources);
        }
        if let Some(next) = &self.next {
            refs::scene(world, sheet, "next", next);
        }
    }

    fn refers<'d>(&'d self, to: &mut Refers<'d>) {
        for event in &self.events {
            to.media.extend(&event.picture);
            to.sources.extend(&event.sources);
            to.graded.push((&event.title, event.certainty));
        }
        to.scenes.extend(&self.next);
    }
}

/// The year on the rail must be one of the date's.
fn mark_year(sheet: &mut Sheet, path: &str, mark: &Text, from: u16, to: u16) {
    let digits: String = mark.zh.chars().take_while(char::is_ascii_digit).collect();
    if digits.len() == 4
        && let Ok(year) = digits.parse::<u16>()
        && !(from..=to).contains(&year)
    {
        sheet.error(
            path,
            "mark_year",
            both(format!("轴上写 {year} 年，日期是 {from} 年"), format!("the rail says {year}, the date {from}")),
            Some(both("改成一致", "make them agree")),
        );
    }
}

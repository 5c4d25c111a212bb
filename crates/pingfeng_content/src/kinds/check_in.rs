//! `kind: check_in`: a visitor signs in to an event.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Refers};
use crate::{
    MediaId, SceneId, Text,
    check::{Sheet, World, refs, text},
    finding::both,
    limits::CODE_DIGITS,
};

/// Check-in by short code or by a scanner that types.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckIn {
    /// ASCII name.
    pub id: SceneId,
    /// Name of the page.
    pub title: Text,
    /// ASCII name of the event at the hub.
    pub event: String,
    /// Name of the event.
    pub event_title: Text,
    /// Day, hour and place of the event.
    pub when: Text,
    /// Digits of the short code, 4 to 8.
    pub code_digits: u8,
    /// Fills the upper part.
    pub picture: MediaId,
    /// What happens to what a visitor types, said before asking.
    pub privacy: Text,
}

impl Kind for CheckIn {
    fn title(&self) -> Option<&Text> {
        Some(&self.title)
    }

    fn check(&self, world: &World, sheet: &mut Sheet) {
        text::title(world, sheet, "title", &self.title);
        refs::id(sheet, "event", &self.event);
        text::title(world, sheet, "event_title", &self.event_title);
        text::line(world, sheet, "when", &self.when);
        text::paragraph(world, sheet, "privacy", &self.privacy);
        refs::picture(world, sheet, "picture", &self.picture);
        if !CODE_DIGITS.contains(&self.code_digits) {
            let (low, high) = (CODE_DIGITS.start(), CODE_DIGITS.end());
            sheet.error(
                "code_digits",
                "code_digits",
                both(format!("签到码 {low} 到 {high} 位"), format!("the code has {low} to {high} digits")),
                None,
            );
        }
    }

    fn refers<'d>(&'d self, to: &mut Refers<'d>) {
        to.media.insert(&self.picture);
    }
}

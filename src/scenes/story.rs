//! The opening of a chapter: one or more pages, then ways on.

use bevy::prelude::*;
use pingfeng_content::model::{Scene, Story};

use crate::{
    ScreenSystems,
    blocks::{self, Button, Card, CardPlace, Icon, Kind, Mount, Ui},
    cue::{Happened, PlaySound, UiSound},
    input::{PanPhase, Pannable, Panned, Tapped},
    stage::{Opening, SceneKind, SceneKinds},
    theme::{Kit, Role, Style},
};

pub(super) fn plugin(app: &mut App) {
    SceneKinds::add::<StoryPage>(app);
    app.add_systems(Update, turn.in_set(ScreenSystems::Decide));
}

/// A story and the page that is open.
#[derive(Component)]
pub struct StoryPage {
    document: Story,
    page: usize,
}

/// Turns this many pages.
#[derive(Component, Clone, Copy)]
struct Turn(isize);

/// Between the ways on, px.
const LINKS_GAP: f32 = 20.0;
/// A swipe shorter than this is none, logical px.
const SWIPE_PX: f32 = 90.0;

impl SceneKind for StoryPage {
    fn open(opening: &Opening<'_>) -> Option<Self> {
        match opening.scene {
            Scene::Story(document) => Some(Self { document: document.clone(), page: 0 }),
            _ => None,
        }
    }

    fn view(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let story = &self.document;
        let Some(page) = story.pages.get(self.page) else { return };
        let size = kit.surface.size;
        let margin = kit.margin();
        // The links stand above the bar, the turning keys above them; the card takes what is left.
        let columns = kit.pick(2, if story.links.len() > 4 { 3 } else { 4 }).min(story.links.len().max(1));
        let rows = story.links.len().div_ceil(columns).max(1);
        let row_height = kit.pick(140.0, if rows > 1 { 116.0 } else { 150.0 });
        let links_height = rows as f32 * (row_height + LINKS_GAP) - LINKS_GAP;
        let links_top = kit.bar_top() - kit.pick(40.0, 28.0) - links_height;
        let many = story.pages.len() > 1;
        let turn_height = if many { kit.pick(104.0, 88.0) } else { 0.0 };
        let turn_top = links_top - kit.pick(32.0, 24.0) - turn_height;
        let card_bottom = turn_top - kit.pick(36.0, 68.0);
        let hero = Vec2::new(size.x, kit.pick(820.0_f32.min(card_bottom), if many { turn_top } else { links_top } - 28.0));

        ui.spawn((blocks::at(0.0, 0.0, hero.x, hero.y), Pannable)).with_children(|ui| {
            blocks::picture(ui, kit, &page.picture, hero, Mount::Cover, blocks::fill());
        });
        let plate_width = kit.pick(size.x - 2.0 * margin, size.x - 2.0 * margin - 940.0 - 40.0);
        ui.spawn(Node { left: px(margin), top: px(kit.pick(72.0, 60.0)), ..blocks::absolute() }).with_children(|ui| {
            blocks::chapter_plate(ui, kit, story.chapter.as_ref().map(|c| kit.text(c)), kit.text(&story.title), plate_width);
        });

        let years = story.years.as_ref().map(|years| kit.text(years)).unwrap_or_default();
        let sources = kit.sources(&page.sources);
        let words = Card {
            // The years belong to the chapter and stand where it opens.
            year: if self.page == 0 { years } else { "" },
            when: "",
            title: page.heading.as_ref().map_or(kit.text(&story.title), |heading| kit.text(heading)),
            text: kit.text(&page.text),
            sources: &sources,
        };
        let place = if kit.portrait() {
            CardPlace { left: margin, width: size.x - 2.0 * margin, top: 680.0, top_min: 170.0, bottom: card_bottom }
        } else {
            CardPlace { left: size.x - margin - 940.0, width: 940.0, top: 72.0, top_min: 40.0, bottom: card_bottom }
        };
        blocks::card(ui, kit, words, place);

        if many {
            let left = kit.pick(margin, place.left);
            let (gap, between) = (24.0, 150.0);
            ui.spawn(Node { align_items: AlignItems::Center, column_gap: px(gap), ..blocks::at(left, turn_top, place.width, turn_height) })
                .with_children(|ui| {
                    let width = (place.width - between) / 2.0 - gap;
                    let side = || Node { width: px(width), ..default() };
                    let last = self.page + 1 == story.pages.len();
                    let kind = |off: bool| if off { Kind::Off } else { Kind::Plain };
                    let (before, after) = (kit.word("story.previous_page"), kit.word("story.next_page"));
                    let size = Some(blocks::label_size(kit, width, &before, 1).min(blocks::label_size(kit, width, &after, 1)));
                    blocks::button(ui, kit, side(), Button { label: &before, kind: kind(self.page == 0), before: Some(Icon::Previous), size, ..default() })
                        .insert(Turn(-1));
                    let at = position(kit, self.page, story.pages.len());
                    blocks::label(ui, kit, Style::H3, 36.0, Role::Ink2, &at, Node { width: px(between), ..default() });
                    blocks::button(ui, kit, side(), Button { label: &after, kind: kind(last), after: Some(Icon::Next), size, ..default() })
                        .insert(Turn(1));
                });
        }

        let tile = blocks::fitting::Area::new(margin, links_top, size.x - 2.0 * margin, links_height).grid(columns, rows, LINKS_GAP);
        ui.spawn(Node {
            display: Display::Grid,
            left: px(margin),
            right: px(margin),
            top: px(links_top),
            height: px(links_height),
            grid_template_columns: vec![RepeatedGridTrack::flex(columns as u16, 1.0)],
            grid_auto_rows: vec![GridTrack::flex(1.0)],
            row_gap: px(LINKS_GAP),
            column_gap: px(LINKS_GAP),
            ..blocks::absolute()
        })
        .with_children(|ui| {
            blocks::tiles(ui, kit, &story.links, tile.first().map_or(Vec2::ZERO, |tile| Vec2::new(tile.width, tile.height)));
        });
    }
}

/// `3 / 7`.
pub(super) fn position(kit: &Kit, at: usize, of: usize) -> String {
    kit.word_with("page.position", &[("n", &(at + 1).to_string()), ("total", &of.to_string())])
}

fn turn(
    mut taps: MessageReader<Tapped>,
    mut pans: MessageReader<Panned>,
    keys: Query<&Turn>,
    mut pages: Query<&mut StoryPage>,
    mut sound: MessageWriter<PlaySound>,
    mut happened: MessageWriter<Happened>,
) {
    let tapped = taps.read().filter_map(|tap| keys.get(tap.entity).ok()).map(|turn| turn.0).last();
    let swiped = pans
        .read()
        .filter(|pan| pan.phase == PanPhase::Ended && pan.total.x.abs() > SWIPE_PX && pan.total.x.abs() > pan.total.y.abs())
        .map(|pan| if pan.total.x < 0.0 { 1 } else { -1 })
        .last();
    let Some(by) = tapped.or(swiped) else { return };
    for mut page in &mut pages {
        let to = page.page.saturating_add_signed(by).min(page.document.pages.len().saturating_sub(1));
        if to != page.page {
            page.page = to;
            sound.write(PlaySound(UiSound::Turn));
            happened.write(Happened(format!("story page {}", to + 1)));
        }
    }
}

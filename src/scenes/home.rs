//! The first page of a visit: a landscape with the title, and up to ten tiles.

use bevy::prelude::*;
use pingfeng_content::model::{Home, Scene};

use crate::{
    blocks::{self, Bar, Mount, Side, Ui, fitting, fitting::Area},
    stage::{Opening, SceneKind, SceneKinds},
    theme::{Kit, Role, Style},
};

pub(super) fn plugin(app: &mut App) {
    SceneKinds::add::<HomePage>(app);
}

/// A home page. It has no state beyond its document.
#[derive(Component)]
pub struct HomePage {
    document: Home,
}

impl SceneKind for HomePage {
    fn open(opening: &Opening<'_>) -> Option<Self> {
        match opening.scene {
            Scene::Home(document) => Some(Self { document: document.clone() }),
            _ => None,
        }
    }

    fn view(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let home = &self.document;
        let size = kit.surface.size;
        let hero = Vec2::new(size.x, kit.pick(900.0, 548.0));
        ui.spawn(blocks::at(0.0, 0.0, hero.x, hero.y)).with_children(|ui| {
            blocks::picture(ui, kit, &home.picture, hero, Mount::Cover, blocks::fill());
            // The title stands on mist, whatever the summits of the picture are.
            blocks::mist(ui, kit, kit.pick(Side::Top, Side::Left), kit.pick(380.0, 900.0));
        });
        ui.spawn(Node { left: px(kit.margin()), top: px(kit.pick(96.0, 64.0)), flex_direction: FlexDirection::Column, row_gap: px(18.0), ..blocks::absolute() })
            .with_children(|ui| {
                let title = kit.text(&home.title);
                // A long title (another language, larger text) gives up height before it reaches the seal.
                let room = size.x - 2.0 * kit.margin() - 180.0;
                let title_size = fitting::fit(kit, Style::H1, kit.pick(112.0, 104.0), title, room, 1).size;
                let subtitle = kit.text(&home.subtitle);
                let subtitle_size = fitting::fit(kit, Style::Lead, kit.pick(34.0, 30.0), subtitle, room, 1).size;
                blocks::text_sized(ui, kit, Style::H1, title_size, Role::Ink, title)
                    .insert((TextLayout::no_wrap(), bevy::text::LineHeight::RelativeToFont(1.1)));
                blocks::text_sized(ui, kit, Style::Lead, subtitle_size, Role::Ink2, subtitle);
            });
        let seal = &kit.exhibition.compiled.exhibition.seal;
        if !seal.is_empty() {
            blocks::seal(ui, kit, 96.0, seal).entry::<Node>().and_modify({
                let (right, top) = (kit.margin(), kit.pick(104.0, 72.0));
                move |mut node| {
                    node.right = px(right);
                    node.top = px(top);
                }
            });
        }
        if kit.portrait() {
            ui.spawn(Node {
                left: px(kit.margin()),
                right: px(kit.margin()),
                top: px(hero.y + 30.0),
                height: px(64.0),
                justify_content: JustifyContent::SpaceBetween,
                align_items: AlignItems::Center,
                ..blocks::absolute()
            })
            .with_children(|ui| {
                let (heading, hint) = (kit.text(&home.heading), kit.text(&home.hint));
                let size = fitting::fit(kit, Style::H3, 34.0, heading, 600.0, 1).size;
                blocks::text_sized(ui, kit, Style::H3, size, Role::Ink, heading).insert(TextLayout::no_wrap());
                let size = fitting::fit(kit, Style::Small, 26.0, hint, 300.0, 1).size;
                blocks::text_sized(ui, kit, Style::Small, size, Role::Ink2, hint).insert(TextLayout::no_wrap());
            });
        }
        let columns: u16 = kit.pick(2, 5);
        let rows = home.tiles.len().div_ceil(usize::from(columns)).max(kit.pick(5, 2)) as u16;
        let top = hero.y + kit.pick(104.0, 24.0);
        let room = Area::new(kit.margin(), top, size.x - 2.0 * kit.margin(), kit.bar_top() - kit.pick(28.0, 24.0) - top);
        let places = room.grid(usize::from(columns), usize::from(rows), 20.0);
        ui.spawn(Node {
            display: Display::Grid,
            grid_template_columns: vec![RepeatedGridTrack::flex(columns, 1.0)],
            grid_template_rows: vec![RepeatedGridTrack::flex(rows, 1.0)],
            row_gap: px(20.0),
            column_gap: px(20.0),
            ..room.node()
        })
        .with_children(|ui| {
            blocks::tiles(ui, kit, &home.tiles, places.first().map_or(Vec2::ZERO, |place| Vec2::new(place.width, place.height)));
        });
    }

    fn bar(&self, kit: &Kit) -> Bar {
        Bar::Note(kit.text(&self.document.note).to_owned())
    }
}

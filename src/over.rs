//! What lies over every page, in a fixed design that no exhibition can change: the dark page and the notices of an
//! emergency, what becomes of a stick that somebody brought, and the mark of a screen for whose content nobody signs.
//!
//! | what | where | the page under it |
//! |---|---|---|
//! | danger | the whole glass | dimmed, ends its visit, is neither touched nor heard |
//! | dark | the whole glass | hidden, ends its visit, is neither touched nor heard |
//! | information, warning | a band above the page | smaller, as the page makes room; a visitor goes on |
//! | a stick being read | a sheet; during a visit a line above the page | as before |
//! | the mark | upper left corner of the first pages | as before |
//!
//! Danger is shown over the dark: the dark is the hub's, which may hide whatever it likes; the words are a person's, who
//! has signed that somebody may come to harm. Other notices wait below it: who darkens a hall does not want a line about
//! opening hours. An emergency ends the visit: whoever had to leave does not come back to what was typed, and nobody else
//! finds it. It does not close the way for a new release, which is how a wrong picture that was darkened is put right
//! before the glass is light again; what is judged then is the page below.
//!
//! Two bands may stand one below the other. Pages stay as they are drawn for any display: [`Surface::below`].

mod dark;
mod desk;
mod import;
mod mark;
mod notice;

use bevy::prelude::*;
use jiff::tz::TimeZone;
use pingfeng_link::Import;
use pingfeng_release::trust::{Notice, Severity};
use pingfeng_wire::TrustMode;

use self::{
    desk::Desk,
    import::{ImportView, ImportWatch},
    notice::NoticeView,
};
use crate::{
    ScreenSystems, blocks,
    damage::{Moves, WakeIn},
    input::{PointerEvent, PointerPhase, Scanned},
    phase::Phase,
    stage::{Exhibition, Layer, Restart, Stage, UiRoot},
    theme::{Kit, Surface},
};

/// What the link has said, as it stands. Everything here is drawn from it alone: said twice, it changes nothing.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Over {
    /// The hub wants the glass dark.
    pub blank: bool,
    /// What a duty officer has signed; the link takes it away at its end.
    pub notice: Option<Notice>,
    /// Whose word this device takes; `None`: there is no link, and nothing new comes.
    pub trust: Option<TrustMode>,
    /// What becomes of a stick; `None` when there is none.
    pub import: Option<Import>,
}

impl Over {
    /// True while an emergency covers or darkens every page: nothing can be touched then, and nothing is heard.
    pub fn hides_pages(&self) -> bool {
        self.blank || self.danger()
    }

    /// Takes news of a stick. What went wrong is still said when it has been pulled out: perhaps that was what went wrong.
    pub fn import_says(&mut self, news: Import) {
        self.import = match (news, self.import.take()) {
            (Import::Gone, Some(failed @ Import::Failed(_))) => Some(failed),
            (Import::Gone, _) => None,
            (news, _) => Some(news),
        };
    }

    fn danger(&self) -> bool {
        self.notice.as_ref().is_some_and(|notice| notice.severity == Severity::Danger)
    }
}

/// The time zone in which the end of a notice is written. Set from [`ScreenOptions`](crate::ScreenOptions).
#[derive(Resource, Clone, Debug)]
pub struct HallTime(pub TimeZone);

/// Something that lies over the page.
#[derive(Clone, Debug, PartialEq)]
enum Slip {
    Dark,
    Danger { notice: NoticeView, dark: bool },
    NoticeBand(NoticeView),
    ImportBand(ImportView),
    ImportSheet(ImportView),
    Mark(&'static str),
}

impl Slip {
    /// What it takes from the page's height, px of the display.
    fn band_height(&self, desk: &Desk) -> f32 {
        match self {
            Self::NoticeBand(notice) => notice::band_height(desk, notice),
            Self::ImportBand(_) => import::BAND_HEIGHT,
            _ => 0.0,
        }
    }

    fn layer(&self) -> Layer {
        match self {
            Self::Dark | Self::Danger { .. } => Layer::Cover,
            _ => Layer::Over,
        }
    }
}

/// What lies over the page now: bands first, in their order from above.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
struct Slips(Vec<Slip>);

/// The root of a slip.
#[derive(Component)]
struct OverRoot;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Over>()
        .init_resource::<ImportWatch>()
        .init_resource::<Slips>()
        .add_systems(
            PreUpdate,
            (
                swallow_touches.after(ScreenSystems::Pointer).before(ScreenSystems::Gesture),
                // The page makes room in the frame in which a band appears.
                (gather, make_room).chain().after(ScreenSystems::Press).before(ScreenSystems::Kit),
            ),
        )
        .add_systems(Update, (end_visit.in_set(ScreenSystems::Decide), lay.in_set(ScreenSystems::Build)));
}

/// Under an emergency nothing is touched and nothing is scanned. A finger that was down is taken away.
fn swallow_touches(
    over: Res<Over>,
    mut pointers: ResMut<Messages<PointerEvent>>,
    mut scans: ResMut<Messages<Scanned>>,
) {
    if !over.hides_pages() {
        return;
    }
    scans.clear();
    let lifted: Vec<PointerEvent> = pointers
        .drain()
        .filter(|event| matches!(event.phase, PointerPhase::Up | PointerPhase::Cancelled))
        .map(|event| PointerEvent { phase: PointerPhase::Cancelled, ..event })
        .collect();
    pointers.write_batch(lifted);
}

/// Nothing of a visitor is left when the emergency is over.
fn end_visit(over: Res<Over>, phase: Res<State<Phase>>, mut restart: MessageWriter<Restart>) {
    if over.hides_pages() && *phase.get() == Phase::Visit {
        restart.write(Restart);
    }
}

#[expect(clippy::too_many_arguments, reason = "a system's arguments are what it touches")]
fn gather(
    over: Res<Over>,
    zone: Res<HallTime>,
    phase: Res<State<Phase>>,
    stage: Res<Stage>,
    exhibition: Res<Exhibition>,
    time: Res<Time<Real>>,
    mut watch: ResMut<ImportWatch>,
    mut slips: ResMut<Slips>,
    mut wake: ResMut<WakeIn>,
    mut moves: MessageWriter<Moves>,
) {
    let now_s = time.elapsed_secs();
    let import = watch.bypass_change_detection().look(over.import.as_ref(), now_s);
    if let Some(seconds) = watch.next_change_s(now_s) {
        wake.at_most(seconds);
    }
    let documents = &exhibition.compiled.exhibition;
    let first_page = match stage.scene() {
        Some(scene) => *scene == documents.attract || *scene == documents.home,
        // The built-in page, too: where nothing comes because nobody is believed, it should be seen why.
        None => *phase.get() == Phase::Fault,
    };
    let found = Slips(slips_of(&over, &zone.0, import, *phase.get() == Phase::Visit, first_page));
    if slips.set_if_neq(found) {
        moves.write(Moves);
    }
}

fn slips_of(over: &Over, zone: &TimeZone, import: Option<ImportView>, visiting: bool, first_page: bool) -> Vec<Slip> {
    let notice = over.notice.clone().map(|notice| NoticeView::new(notice, zone.clone()));
    match notice {
        Some(notice) if over.danger() => return vec![Slip::Danger { notice, dark: over.blank }],
        _ if over.blank => return vec![Slip::Dark],
        _ => {}
    }
    let mark = over.trust.filter(|_| first_page).and_then(mark::word);
    let slips = [
        notice.map(Slip::NoticeBand),
        import.map(|import| if visiting { Slip::ImportBand(import) } else { Slip::ImportSheet(import) }),
        mark.map(Slip::Mark),
    ];
    slips.into_iter().flatten().collect()
}

/// The page begins below the bands.
fn make_room(slips: Res<Slips>, kit: Option<Res<Kit>>, mut surface: ResMut<Surface>) {
    let Some(kit) = kit else { return };
    if !slips.is_changed() && !kit.is_changed() && !surface.is_changed() {
        return;
    }
    let whole = surface.below(0.0);
    let desk = Desk::new(&kit);
    let bands: f32 = slips.0.iter().map(|slip| slip.band_height(&desk)).sum();
    let below = whole.below(bands * whole.scale);
    surface.set_if_neq(below);
}

/// Lays everything anew when something is different.
fn lay(mut commands: Commands, slips: Res<Slips>, kit: Option<Res<Kit>>, roots: Query<Entity, With<OverRoot>>) {
    let Some(kit) = kit else { return };
    if !slips.is_changed() && !kit.is_changed() {
        return;
    }
    for root in &roots {
        commands.entity(root).despawn();
    }
    let desk = Desk::new(&kit);
    let mut top = 0.0;
    for slip in &slips.0 {
        commands.spawn((UiRoot(slip.layer()), OverRoot, blocks::fill(), Name::new("over"))).with_children(|ui| {
            match slip {
                Slip::Dark => dark::page(ui, &desk),
                Slip::Danger { notice, dark } => notice::danger(ui, &desk, notice, *dark),
                Slip::NoticeBand(notice) => notice::band(ui, &desk, notice, top),
                Slip::ImportBand(import) => import::band(ui, &desk, import, top),
                Slip::ImportSheet(import) => import::sheet(ui, &desk, import, top),
                Slip::Mark(key) => mark::slip(ui, &desk, key, top),
            }
        });
        top += slip.band_height(&desk);
    }
}

#[cfg(test)]
mod tests;

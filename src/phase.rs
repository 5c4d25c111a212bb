//! Boot → Loading → Attract ⇄ Visit, and Fault. Every transition is written in this file.
//!
//! | from | to | when |
//! |---|---|---|
//! | Boot | Loading | the display's size is known |
//! | Loading | Attract | the first page can be shown whole |
//! | Loading | Visit | the same, where a scene is asked for by name (`render`) |
//! | Attract | Visit | a touch, or an order to show a scene |
//! | Visit | Attract | restart, or nobody answered the countdown |
//! | any but Visit | Loading | the exhibition was replaced |
//! | any | Fault | there is nothing to show at all |

use bevy::prelude::*;

use crate::{
    ScreenSystems,
    input::{PointerEvent, PointerPhase},
    stage::{ExhibitionReplaced, FirstScene, InputGate, Restart, ShowScene, Stage},
    theme::Kit,
};

/// What the screen is doing.
#[derive(States, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The window opens.
    #[default]
    Boot,
    /// The first page is being got ready; what was shown stays.
    Loading,
    /// Nobody is here.
    Attract,
    /// Somebody is.
    Visit,
    /// Nothing can be shown but the built-in page; the reason has been reported.
    Fault,
}

impl Phase {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Phase::Boot => "boot",
            Phase::Loading => "loading",
            Phase::Attract => "attract",
            Phase::Visit => "visit",
            Phase::Fault => "fault",
        }
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_state::<Phase>().add_systems(
        Update,
        // None of them runs only in its phase: each has to read its messages in every frame, or it would find those of
        // an earlier phase when its own begins.
        (boot_to_loading, loading_to_first, attract_to_visit, visit_to_attract, replaced_to_loading)
            .chain()
            .in_set(ScreenSystems::Phase),
    );
}

fn boot_to_loading(kit: Option<Res<Kit>>, phase: Res<State<Phase>>, mut next: ResMut<NextState<Phase>>) {
    if *phase.get() == Phase::Boot && kit.is_some() {
        next.set(Phase::Loading);
    }
}

fn loading_to_first(
    stage: Res<Stage>,
    first: Res<FirstScene>,
    phase: Res<State<Phase>>,
    mut next: ResMut<NextState<Phase>>,
) {
    if *phase.get() == Phase::Loading && stage.page_ready() {
        next.set(if first.starts_visit { Phase::Visit } else { Phase::Attract });
    }
}

/// The touch that wakes the screen is only that: the page that appears is touched by the next one.
fn attract_to_visit(
    mut touches: MessageReader<PointerEvent>,
    mut shows: MessageReader<ShowScene>,
    phase: Res<State<Phase>>,
    mut next: ResMut<NextState<Phase>>,
    mut gate: ResMut<InputGate>,
    mut stage: ResMut<Stage>,
) {
    let touched = touches.read().any(|touch| touch.phase == PointerPhase::Up);
    let scene = shows.read().last().map(|show| show.0.clone());
    if *phase.get() != Phase::Attract {
        return;
    }
    if let Some(scene) = scene {
        stage.begin_with(scene);
        next.set(Phase::Visit);
    } else if touched {
        gate.close_for_transition();
        next.set(Phase::Visit);
    }
}

fn visit_to_attract(mut restarts: MessageReader<Restart>, phase: Res<State<Phase>>, mut next: ResMut<NextState<Phase>>) {
    if restarts.read().count() > 0 && *phase.get() == Phase::Visit {
        next.set(Phase::Attract);
    }
}

fn replaced_to_loading(mut replaced: MessageReader<ExhibitionReplaced>, mut next: ResMut<NextState<Phase>>) {
    if replaced.read().count() > 0 {
        next.set(Phase::Loading);
    }
}

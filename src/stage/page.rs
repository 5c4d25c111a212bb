//! Pages: a scene of the exhibition as a tree of entities, built again whenever what it shows has changed.

use bevy::{ecs::component::Mutable, prelude::*};
use pingfeng_content::model::{Scene, SceneId};

use super::Exhibition;
use crate::{
    ScreenSystems,
    blocks::{Bar, Ui, fill},
    theme::{Kit, Role, Surface},
    visit::VisitSeed,
};

/// A kind of scene. The component is the scene's state; `view` turns it into entities.
///
/// Change the component and the page is built again in the same frame. What moves every frame (a pan, a film) is moved in
/// place instead, with `bypass_change_detection`, and only settled in the state at its end.
pub trait SceneKind: Component<Mutability = Mutable> + Sized {
    /// The state in which a scene of this kind opens; `None` if the scene is of another kind.
    fn open(opening: &Opening<'_>) -> Option<Self>;

    /// Builds the page below its root, which covers the display.
    fn view(&self, ui: &mut Ui<'_>, kit: &Kit);

    /// The foot bar under this scene.
    fn bar(&self, _kit: &Kit) -> Bar {
        Bar::Full
    }

    /// The ground of the page. It is the colour the display is cleared with, so it costs nothing.
    fn ground(&self) -> Role {
        Role::Paper
    }
}

/// What a scene opens with.
#[derive(Debug)]
pub struct Opening<'a> {
    /// Its document.
    pub scene: &'a Scene,
    /// The exhibition it belongs to.
    pub exhibition: &'a Exhibition,
    /// Where its shuffles begin: the same for the same visit.
    pub seed: u64,
}

/// The root of a page.
#[derive(Component, Clone, Debug)]
pub struct Page {
    /// The scene.
    pub scene: SceneId,
    /// The exhibition it was opened from. A page outlives a change of exhibition only until the next page is ready.
    pub exhibition: Exhibition,
}

/// What is drawn above what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The page.
    Page = 0,
    /// The veil between two pages.
    Veil = 5,
    /// The foot bar.
    Bar = 10,
    /// Dialogues.
    Dialog = 20,
    /// Slips with a word to the visitor or staff.
    Notice = 30,
    /// What lies over every page in a design of its own: see [`over`](crate::over).
    Over = 40,
    /// What hides every page.
    Cover = 50,
}

impl Layer {
    /// True for what belongs to the page, and so makes room for a band above it.
    fn is_below_band(self) -> bool {
        !matches!(self, Layer::Over | Layer::Cover)
    }
}

/// The root of something that covers the display, in its layer.
#[derive(Component, Clone, Copy, Debug)]
#[require(Node)]
pub struct UiRoot(pub Layer);

/// How the shown page wants to be framed.
#[derive(Component, Clone, Debug)]
pub(super) struct Frame {
    pub(super) bar: Bar,
    pub(super) ground: Role,
}

/// Every kind of scene that the program knows.
#[derive(Resource, Default)]
pub struct SceneKinds(Vec<fn(&Opening<'_>, &mut EntityCommands<'_>) -> bool>);

impl SceneKinds {
    /// Adds a kind to an app. Call it in the plugin of the kind.
    pub fn add<K: SceneKind>(app: &mut App) {
        app.init_resource::<Self>();
        app.world_mut().resource_mut::<Self>().0.push(|opening, page| match K::open(opening) {
            Some(state) => {
                page.insert(state);
                true
            }
            None => false,
        });
        app.add_systems(Update, build::<K>.in_set(ScreenSystems::Build));
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<SceneKinds>().add_observer(
        |added: On<Add, UiRoot>, roots: Query<&UiRoot>, mut commands: Commands| {
            if let Ok(root) = roots.get(added.entity) {
                commands.entity(added.entity).insert(GlobalZIndex(root.0 as i32));
            }
        },
    )
    .add_systems(PostUpdate, place_roots.before(bevy::ui::UiSystems::Prepare));
}

/// Everything of the page begins below the band, where there is one.
fn place_roots(surface: Res<Surface>, mut roots: Query<(&UiRoot, &mut Node)>) {
    let top = px(surface.top / surface.scale);
    for (root, mut node) in &mut roots {
        if root.0.is_below_band() && node.top != top {
            node.top = top;
        }
    }
}

/// Opens a scene as a hidden page. `None` if no kind takes it.
pub(super) fn open_page(
    commands: &mut Commands,
    kinds: &SceneKinds,
    exhibition: &Exhibition,
    seed: VisitSeed,
    id: &SceneId,
) -> Option<Entity> {
    let scene = exhibition.compiled.scenes.get(id)?;
    let opening = Opening { scene, exhibition, seed: seed.0 };
    let page = Page { scene: id.clone(), exhibition: exhibition.clone() };
    let mut entity = commands.spawn((UiRoot(Layer::Page), page, fill(), Visibility::Hidden, Name::new(format!("page {id}"))));
    if kinds.0.iter().any(|open| open(&opening, &mut entity)) {
        return Some(entity.id());
    }
    entity.despawn();
    None
}

fn build<K: SceneKind>(mut commands: Commands, kit: Option<Res<Kit>>, pages: Query<(Entity, &Page, Ref<K>)>) {
    let Some(kit) = kit else { return };
    for (entity, page, state) in &pages {
        let of_this_exhibition = page.exhibition.is(&kit.exhibition);
        if !of_this_exhibition || !(state.is_changed() || kit.is_changed()) {
            continue;
        }
        commands
            .entity(entity)
            .despawn_children()
            .insert(Frame { bar: state.bar(&kit), ground: state.ground() })
            .with_children(|ui| state.view(ui, &kit));
    }
}

//! Icons: white shapes from `assets/icons/`, tinted with a role.

use bevy::{
    asset::RenderAssetUsages,
    image::{CompressedImageFormats, ImageSampler, ImageType},
    prelude::*,
};

use super::Ui;
use crate::theme::{Kit, Role};

macro_rules! icons {
    ($($(#[$doc:meta])* $icon:ident = $file:literal),* $(,)?) => {
        /// A picture of what a control does. There is always a word beside it, except for play, pause, previous, next.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Icon { $($(#[$doc])* $icon),* }

        impl Icon {
            fn png(self) -> &'static [u8] {
                match self { $(Icon::$icon => include_bytes!(concat!("../../assets/icons/96/", $file, ".png"))),* }
            }
        }
    };
}

icons! {
    /// To the page before.
    Back = "back",
    /// Ten seconds back.
    Back10 = "back-10",
    /// Leave, or stay where you are.
    Danger = "danger",
    /// Subtitles.
    Captions = "captions",
    /// A time.
    Clock = "clock",
    /// Takes the last character away.
    Delete = "delete",
    /// Downwards.
    Down = "down",
    /// Ten seconds on.
    Forward10 = "forward-10",
    /// To the first page.
    Home = "home",
    /// Something to know.
    Info = "info",
    /// Another language.
    Language = "language",
    /// Larger text.
    LargeText = "large-text",
    /// A connection.
    Link = "link",
    /// A list.
    List = "list",
    /// More.
    More = "more",
    /// Onwards.
    Next = "next",
    /// A note to the visitor.
    Notice = "notice",
    /// No connection.
    Offline = "offline",
    /// Stops for a while.
    Pause = "pause",
    /// A place.
    Pin = "pin",
    /// Plays.
    Play = "play",
    /// Backwards.
    Previous = "previous",
    /// Begins again, for the next visitor.
    Restart = "restart",
    /// Right.
    Right = "right",
    /// Without sound.
    SoundOff = "sound-off",
    /// With sound.
    Sound = "sound",
    /// A stick that is plugged in.
    Stick = "stick",
    /// Changes places.
    Swap = "swap",
    /// A hand that touches.
    Touch = "touch",
    /// Takes the last step back.
    Undo = "undo",
    /// Upwards.
    Up = "up",
    /// The other answer.
    Wrong = "wrong",
    /// Larger.
    ZoomIn = "zoom-in",
    /// Smaller.
    ZoomOut = "zoom-out",
}

/// An icon, square, `size` logical px.
pub fn icon<'a>(ui: &'a mut Ui<'_>, kit: &Kit, icon: Icon, size: f32, role: Role) -> EntityCommands<'a> {
    ui.spawn((
        Node { width: px(size), height: px(size), flex_shrink: 0.0, ..default() },
        Shape::Icon(icon),
        ImageNode { color: kit.colour(role), image_mode: NodeImageMode::Stretch, ..default() },
    ))
}

/// The cut upper edge of a sheet of paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Of the sheet behind.
    Far,
    /// Of the sheet in front.
    Near,
}

/// A sheet of paper with a cut edge, over the whole width of `node`.
pub fn cut_sheet<'a>(ui: &'a mut Ui<'_>, kit: &Kit, edge: Edge, role: Role, node: Node) -> EntityCommands<'a> {
    ui.spawn((node, Shape::Edge(edge), ImageNode { color: kit.colour(role), image_mode: NodeImageMode::Stretch, ..default() }))
}

/// Shows an icon; its picture is put in by a system, because icons are opened when first used.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Icon(Icon),
    Edge(Edge),
}

impl Shape {
    fn png(self) -> &'static [u8] {
        match self {
            Shape::Icon(icon) => icon.png(),
            Shape::Edge(Edge::Far) => include_bytes!("../../assets/sheets/ridge-far.png"),
            Shape::Edge(Edge::Near) => include_bytes!("../../assets/sheets/ridge-near.png"),
        }
    }
}

/// Shapes that have been opened. There are a few dozen in all, and they stay.
#[derive(Resource, Default)]
struct OpenShapes(Vec<(Shape, Handle<Image>)>);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<OpenShapes>().add_systems(PostUpdate, show_icons.before(bevy::ui::UiSystems::Prepare));
}

fn show_icons(
    mut nodes: Query<(&Shape, &mut ImageNode), Added<Shape>>,
    mut open: ResMut<OpenShapes>,
    mut images: ResMut<Assets<Image>>,
) -> Result {
    for (shape, mut shown) in &mut nodes {
        let handle = match open.0.iter().find(|(known, _)| known == shape) {
            Some((_, handle)) => handle.clone(),
            None => {
                let image = Image::from_buffer(
                    shape.png(),
                    ImageType::Extension("png"),
                    CompressedImageFormats::NONE,
                    true,
                    ImageSampler::Default,
                    RenderAssetUsages::RENDER_WORLD,
                )?;
                let handle = images.add(image);
                open.0.push((*shape, handle.clone()));
                handle
            }
        };
        shown.image = handle;
    }
    Ok(())
}

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
            const ALL: &[Icon] = &[$(Icon::$icon),*];

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
        IconNode(icon),
        ImageNode { color: kit.colour(role), image_mode: NodeImageMode::Stretch, ..default() },
    ))
}

/// Shows an icon; its picture is put in by a system, because icons are opened when first used.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
struct IconNode(Icon);

#[derive(Resource, Default)]
struct OpenIcons(Vec<Option<Handle<Image>>>);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<OpenIcons>().add_systems(PostUpdate, show_icons.before(bevy::ui::UiSystems::Prepare));
}

fn show_icons(
    mut nodes: Query<(&IconNode, &mut ImageNode), Added<IconNode>>,
    mut open: ResMut<OpenIcons>,
    mut images: ResMut<Assets<Image>>,
) -> Result {
    for (node, mut shown) in &mut nodes {
        open.0.resize(Icon::ALL.len(), None);
        let slot = &mut open.0[node.0 as usize];
        let handle = match slot {
            Some(handle) => handle.clone(),
            None => {
                let image = Image::from_buffer(
                    node.0.png(),
                    ImageType::Extension("png"),
                    CompressedImageFormats::NONE,
                    true,
                    ImageSampler::Default,
                    RenderAssetUsages::RENDER_WORLD,
                )?;
                slot.insert(images.add(image)).clone()
            }
        };
        shown.image = handle;
    }
    Ok(())
}

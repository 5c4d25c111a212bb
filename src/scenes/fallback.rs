//! The built-in page: what is shown when there is neither a release nor an exhibition, or none of them opens.
//! It says so in plain words, without alarm, and needs nothing from the disk.

use bevy::prelude::*;

use crate::{
    ScreenSystems,
    blocks::{self, CoverCrop},
    phase::Phase,
    stage::{Layer, Stage, UiRoot, image_from_bytes},
    theme::Kit,
};

const PORTRAIT: &[u8] = include_bytes!("../../assets/fallback/portrait.jpg");
const LANDSCAPE: &[u8] = include_bytes!("../../assets/fallback/landscape.jpg");

#[derive(Component)]
struct FallbackPage;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, (show.run_if(in_state(Phase::Fault)), go).chain().in_set(ScreenSystems::Exchange));
}

fn show(
    mut commands: Commands,
    kit: Option<Res<Kit>>,
    pages: Query<Entity, With<FallbackPage>>,
    mut images: ResMut<Assets<Image>>,
) -> Result {
    let Some(kit) = kit else { return Ok(()) };
    if !pages.is_empty() && !kit.is_changed() {
        return Ok(());
    }
    for page in &pages {
        commands.entity(page).despawn();
    }
    let picture = image_from_bytes(kit.pick(PORTRAIT, LANDSCAPE).to_vec())?;
    let crop = CoverCrop { size_px: picture.size_f32(), focus: Vec2::splat(0.5) };
    let image = images.add(picture);
    commands.spawn((
        UiRoot(Layer::Page),
        FallbackPage,
        blocks::fill(),
        ImageNode { image, image_mode: NodeImageMode::Stretch, ..default() },
        crop,
        Name::new("built-in page"),
    ));
    Ok(())
}

/// The built-in page goes when there is a page to show.
fn go(mut commands: Commands, stage: Res<Stage>, pages: Query<Entity, With<FallbackPage>>) {
    if stage.page().is_some() {
        for page in &pages {
            commands.entity(page).despawn();
        }
    }
}

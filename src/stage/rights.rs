//! Media whose rights have ended leave the glass by themselves, also without a network, and never in front of a visitor.

use std::time::{SystemTime, UNIX_EPOCH};

use bevy::{prelude::*, time::Real};

use super::{Exhibition, ExhibitionReplaced};
use crate::{ScreenSystems, phase::Phase};

/// The date is looked at this often, seconds. A still screen wakes up as often.
const LOOK_EVERY_S: f32 = 30.0;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(PreUpdate, withhold.before(ScreenSystems::Pointer));
}

/// Milliseconds since 1970 by the device's clock.
pub(super) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

fn withhold(
    time: Res<Time<Real>>,
    phase: Res<State<Phase>>,
    mut looked_s: Local<f32>,
    mut exhibition: ResMut<Exhibition>,
    mut replaced: MessageWriter<ExhibitionReplaced>,
) {
    let now_s = time.elapsed_secs();
    if *phase.get() != Phase::Attract || now_s - *looked_s < LOOK_EVERY_S {
        return;
    }
    *looked_s = now_s;
    if let Some(as_of_now) = exhibition.as_of(now_ms()) {
        info!(withheld = ?as_of_now.withheld, "media may be shown no more, or again");
        *exhibition = as_of_now;
        replaced.write(ExhibitionReplaced);
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, path::Path};

    use pingfeng_content::model::MediaId;
    use pingfeng_release::{BlobHash, Manifest, PictureIndex, PreparedPicture, store::OpenRelease};

    use super::*;
    use crate::stage::ExhibitionContents;

    #[test]
    fn a_medium_is_withheld_from_the_moment_its_rights_end_and_not_before() {
        const END_MS: u64 = 1_800_000_000_000;
        let mut manifest = Manifest::of("sample", 1, 0, BTreeMap::new());
        manifest.rights.insert("hills".into(), END_MS);
        let release = OpenRelease::over(Path::new("/nowhere"), BlobHash::of(b"manifest"), manifest);
        let picture = PreparedPicture { size_px: [1, 1], sizes: Vec::new(), layers: Vec::new() };
        let pictures = ["hills", "river"].map(|id| (id.to_owned(), picture.clone()));
        let contents = ExhibitionContents {
            release: Some(release),
            pictures: PictureIndex { pictures: pictures.into() },
            ..(*Exhibition::fallback()).clone()
        };
        let exhibition = Exhibition::new(contents);
        let [hills, river] = ["hills", "river"].map(|id| MediaId(id.to_owned()));
        assert!(exhibition.as_of(END_MS - 1).is_none(), "nothing changes");
        assert!(exhibition.prepared(&hills).is_some());
        let ended = exhibition.as_of(END_MS).expect("the rights end");
        assert!(ended.is_withheld(&hills) && ended.prepared(&hills).is_none());
        assert!(!ended.is_withheld(&river) && ended.prepared(&river).is_some());
        assert!(ended.as_of(END_MS + 1).is_none(), "and stay ended");
        // A clock that was ahead is set right.
        assert!(!ended.as_of(END_MS - 1).expect("they come back").is_withheld(&hills));
        assert!(Exhibition::fallback().as_of(u64::MAX).is_none());
    }
}

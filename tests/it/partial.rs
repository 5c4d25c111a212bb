//! Drawing only what has changed shows the same as drawing everything.
//!
//! Each case of `tests/corpus/visits` is walked twice, on small pages: by a screen that draws every frame as a window
//! does, and by one that draws a whole page whenever it is looked at.

use crate::{screen, walk::Walk};

/// Looks at each case.
const LOOKS: u32 = 5;
/// No longer than this of each case, seconds.
const LONGEST_S: f32 = 10.0;

#[test]
fn a_part_drawn_again_is_like_the_whole() {
    for folder in screen::cases("visits") {
        let name = screen::name_of(&folder);
        let walk = Walk::read(&folder);
        let size = screen::size(&walk.size);
        let [mut live, mut whole] = [(); 2].map(|()| walk.start(size * 640 / size.max_element()));
        live.live();
        let pause = walk.seconds.min(LONGEST_S) / LOOKS as f32;
        for look in 1..=LOOKS {
            live.run(pause);
            whole.run(pause);
            let (a, b) = (live.picture().expect("a live picture"), whole.picture().expect("a whole picture"));
            let different = a.pixels().zip(b.pixels()).filter(|(a, b)| a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > 2)).count();
            if different > 0 {
                screen::keep(&format!("partial-{name}-{look}-live"), &a);
                screen::keep(&format!("partial-{name}-{look}-whole"), &b);
                panic!("{name}, look {look}: {different} pixels differ; the two pictures are in {}", screen::kept().display());
            }
        }
    }
}

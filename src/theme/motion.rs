//! How things move: slowly, without bounce, and not at all where motion is reduced.

use bevy::prelude::*;

/// How much moves.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Motion {
    /// Layers drift, sheets slide.
    #[default]
    Full,
    /// Pages fade; nothing else moves. For solemn themes.
    Reduced,
    /// Pages are exchanged at once. Where the processor draws, a fade is a few jerks that keep the visitor waiting.
    Still,
}

/// The curves of the look, as cubic Béziers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Easing {
    /// What comes.
    Enter,
    /// What goes.
    Leave,
    /// What goes from here to there.
    Move,
}

/// Progress after `t` (0 to 1) of the time.
pub fn ease(easing: Easing, t: f32) -> f32 {
    let [x1, y1, x2, y2] = match easing {
        Easing::Enter => [0.16, 0.84, 0.44, 1.0],
        Easing::Leave => [0.55, 0.06, 0.68, 0.19],
        Easing::Move => [0.45, 0.05, 0.25, 1.0],
    };
    let t = t.clamp(0.0, 1.0);
    // Bisection on the curve's x: twenty steps are finer than a pixel of any slide.
    let (mut low, mut high) = (0.0_f32, 1.0_f32);
    let at = |a: f32, b: f32, s: f32| 3.0 * (1.0 - s) * (1.0 - s) * s * a + 3.0 * (1.0 - s) * s * s * b + s * s * s;
    for _ in 0..20 {
        let middle = (low + high) / 2.0;
        if at(x1, x2, middle) < t { low = middle } else { high = middle }
    }
    at(y1, y2, (low + high) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_curve_starts_at_0_ends_at_1_and_never_turns_back() {
        for easing in [Easing::Enter, Easing::Leave, Easing::Move] {
            let values: Vec<f32> = (0..=50).map(|i| ease(easing, i as f32 / 50.0)).collect();
            assert!(values[0].abs() < 1e-3 && (values[50] - 1.0).abs() < 1e-3, "{easing:?}");
            assert!(values.windows(2).all(|pair| pair[1] >= pair[0] - 1e-4), "{easing:?}");
        }
    }
}

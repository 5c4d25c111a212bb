//! Numbers as bars, a line or a ring, and the same numbers as a table: choose a chart, tap a point to read it, go from
//! point to point.
//!
//! | file | what |
//! |---|---|
//! | `page` | where everything lies; what stands round the chart |
//! | `plot`, `ring`, `table` | the chart itself |
//! | `scale` | numbers, axes and names, as plain data |

mod page;
mod plot;
mod ring;
mod scale;
mod table;

use bevy::prelude::*;
use pingfeng_content::model::{Chart, ChartScene, Scene};

use crate::{
    ScreenSystems,
    blocks::Ui,
    cue::{Happened, PlaySound, UiSound},
    input::Tapped,
    stage::{Opening, SceneKind, SceneKinds},
    theme::Kit,
};

pub(super) fn plugin(app: &mut App) {
    SceneKinds::add::<ChartPage>(app);
    app.add_plugins(ring::plugin).add_systems(Update, choose.in_set(ScreenSystems::Decide));
}

/// Charts, and what a visitor has chosen of them.
#[derive(Component, Clone, Debug)]
pub struct ChartPage {
    document: ChartScene,
    shown: usize,
    /// The same numbers in rows.
    table: bool,
    /// The point that is read, by chart: one who comes back finds what was left.
    chosen: Vec<usize>,
}

/// On what can be touched.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
enum Control {
    /// Shows another chart.
    Chart(usize),
    /// Shows the numbers in rows, or drawn.
    Table(bool),
    /// Reads a point.
    Point(usize),
    /// Reads the part of a ring under the finger: its middle on the page and its radii, logical px.
    Ring { centre: Vec2, radii: [f32; 2] },
}

impl SceneKind for ChartPage {
    fn open(opening: &Opening<'_>) -> Option<Self> {
        match opening.scene {
            Scene::Chart(document) => Some(Self::new(document.clone())),
            _ => None,
        }
    }

    fn view(&self, ui: &mut Ui<'_>, kit: &Kit) {
        page::view(self, ui, kit);
    }
}

impl ChartPage {
    /// Opens with the last point of each chart, which is the newest.
    fn new(document: ChartScene) -> Self {
        let chosen = document.charts.iter().map(|chart| chart.points.len().saturating_sub(1)).collect();
        Self { document, shown: 0, table: false, chosen }
    }

    /// The chart that is shown, and its chosen point.
    fn present(&self) -> Option<(&Chart, usize)> {
        Some((self.document.charts.get(self.shown)?, *self.chosen.get(self.shown)?))
    }

    /// Does what a control is for and says what happened; nothing where that changes nothing.
    fn take(&mut self, control: Control, at: Vec2) -> Option<String> {
        let (chart, _) = self.present()?;
        let id = chart.id.clone();
        match control {
            Control::Chart(to) => {
                let other = self.document.charts.get(to).filter(|_| to != self.shown)?;
                let said = format!("chart {}", other.id);
                self.shown = to;
                Some(said)
            }
            Control::Table(table) => {
                if table == self.table {
                    return None;
                }
                self.table = table;
                Some(format!("chart {id} as {}", if table { "table" } else { "picture" }))
            }
            Control::Point(to) => {
                if to >= chart.points.len() {
                    return None;
                }
                let chosen = self.chosen.get_mut(self.shown).filter(|chosen| **chosen != to)?;
                *chosen = to;
                Some(format!("chart {id} {}", to + 1))
            }
            Control::Ring { centre, radii } => {
                let to = ring::part_at(&ring::shares(chart), at - centre, radii)?;
                self.take(Control::Point(to), at)
            }
        }
    }
}

fn choose(
    mut taps: MessageReader<Tapped>,
    controls: Query<&Control>,
    mut pages: Query<&mut ChartPage>,
    mut sound: MessageWriter<PlaySound>,
    mut happened: MessageWriter<Happened>,
) {
    for tap in taps.read() {
        let Ok(control) = controls.get(tap.entity) else { continue };
        for mut page in &mut pages {
            let Some(said) = page.bypass_change_detection().take(*control, tap.at) else { continue };
            page.set_changed();
            if matches!(control, Control::Chart(_) | Control::Table(_)) {
                sound.write(PlaySound(UiSound::Turn));
            }
            happened.write(Happened(said));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> ChartPage {
        let point = |x: &str, y: f64| serde_json::json!({ "x": x, "y": y, "certainty": "A" });
        let chart = |id: &str, form: &str, points: &[serde_json::Value]| {
            serde_json::json!({ "id": id, "title": "数", "form": form, "unit": "人", "points": points, "sources": ["a"] })
        };
        let document = serde_json::json!({
            "id": "c", "title": "图",
            "charts": [
                chart("years", "bars", &[point("2012", 3.0), point("2013", 2.0), point("2014", 0.0)]),
                chart("ages", "pie", &[point("甲", 1.0), point("乙", 1.0)]),
            ],
        });
        ChartPage::new(serde_json::from_value(document).unwrap())
    }

    #[test]
    fn it_opens_with_the_newest_point_and_keeps_what_was_read_in_each_chart() {
        let mut page = page();
        assert_eq!(page.present().map(|(chart, chosen)| (chart.id.to_string(), chosen)), Some(("years".to_owned(), 2)));
        assert_eq!(page.take(Control::Point(0), Vec2::ZERO).as_deref(), Some("chart years 1"));
        assert_eq!(page.take(Control::Chart(1), Vec2::ZERO).as_deref(), Some("chart ages"));
        assert_eq!(page.take(Control::Chart(0), Vec2::ZERO).as_deref(), Some("chart years"));
        assert_eq!(page.chosen, [0, 1]);
    }

    #[test]
    fn what_changes_nothing_did_not_happen() {
        let mut page = page();
        assert_eq!(page.take(Control::Chart(0), Vec2::ZERO), None, "it is there already");
        assert_eq!(page.take(Control::Chart(7), Vec2::ZERO), None, "there is no such chart");
        assert_eq!(page.take(Control::Point(2), Vec2::ZERO), None, "it is read already");
        assert_eq!(page.take(Control::Point(3), Vec2::ZERO), None, "there is no such point");
        assert_eq!(page.take(Control::Table(false), Vec2::ZERO), None);
        assert_eq!(page.take(Control::Table(true), Vec2::ZERO).as_deref(), Some("chart years as table"));
    }

    #[test]
    fn a_tap_on_a_ring_reads_the_part_under_it() {
        let mut page = page();
        page.take(Control::Chart(1), Vec2::ZERO);
        let ring = Control::Ring { centre: Vec2::new(300.0, 300.0), radii: [100.0, 200.0] };
        assert_eq!(page.take(ring, Vec2::new(450.0, 300.0)).as_deref(), Some("chart ages 1"), "the right half");
        assert_eq!(page.take(ring, Vec2::new(300.0, 300.0)), None, "the hole");
        assert_eq!(page.take(ring, Vec2::new(150.0, 300.0)).as_deref(), Some("chart ages 2"));
    }
}

//! A line with a knob: where something stands between its beginning and its end.

use bevy::prelude::*;

use super::{Ui, layout};
use crate::{
    input::{Pannable, Touchable},
    theme::Kit,
};

/// How a slider looks, and where it stands.
#[derive(Clone, Debug)]
pub struct Slider {
    /// Left end of the line, middle of the band, width; logical px.
    pub left: f32,
    /// See `left`.
    pub middle: f32,
    /// See `left`.
    pub width: f32,
    /// 0 to 1.
    pub at: f32,
    /// What is still to come.
    pub line: Color,
    /// What is over.
    pub done: Color,
    /// The knob.
    pub knob: Color,
    /// Round the knob.
    pub ring: Color,
    /// Width of the ring, logical px; inside the knob.
    pub ring_px: f32,
    /// Marks across the line, 0 to 1, in this colour.
    pub marks: Vec<f32>,
    /// See `marks`.
    pub mark: Color,
    /// False: it only shows.
    pub works: bool,
}

/// Diameter of the knob, logical px.
const KNOB: f32 = 52.0;
/// Thickness of the line, logical px.
const LINE: f32 = 12.0;

/// A slider, answering to taps and pans in the whole band. `done` and `knob` are inserted on what moves: both are placed by
/// a percentage, `width` of the one and `left` of the other. `in_knob` may add what goes with the knob.
pub fn slider<'a>(
    ui: &'a mut Ui<'_>,
    kit: &Kit,
    slider: &Slider,
    done: impl Bundle,
    knob: impl Bundle,
    in_knob: impl FnOnce(&mut Ui<'_>),
) -> EntityCommands<'a> {
    let band = kit.tokens.touch("slider_band");
    let over = percent(slider.at * 100.0);
    // The band reaches as far as the knob does at either end.
    let mut entity = ui.spawn(Node {
        padding: UiRect::axes(px(KNOB / 2.0), px(0.0)),
        ..layout::at(slider.left - KNOB / 2.0, slider.middle - band / 2.0, slider.width + KNOB, band)
    });
    if slider.works {
        entity.insert((Touchable, Pannable));
    }
    entity.with_children(|ui| {
        ui.spawn(Node { width: px(slider.width), height: px(band), ..default() }).with_children(|ui| {
            let line = |width: Val| Node {
                left: px(0.0),
                top: px((band - LINE) / 2.0),
                width,
                height: px(LINE),
                border_radius: BorderRadius::all(px(LINE / 2.0)),
                ..layout::absolute()
            };
            ui.spawn((line(percent(100.0)), BackgroundColor(slider.line)));
            ui.spawn((line(over), BackgroundColor(slider.done), done));
            for mark in &slider.marks {
                ui.spawn((
                    Node {
                        left: percent(mark * 100.0),
                        top: px(band / 2.0 - 10.0),
                        width: px(4.0),
                        height: px(20.0),
                        ..layout::absolute()
                    },
                    BackgroundColor(slider.mark),
                ));
            }
            if !slider.works {
                return;
            }
            ui.spawn((
                Node {
                    left: over,
                    top: px((band - KNOB) / 2.0),
                    width: px(KNOB),
                    height: px(KNOB),
                    margin: UiRect::left(px(-KNOB / 2.0)),
                    border: UiRect::all(px(slider.ring_px)),
                    border_radius: BorderRadius::MAX,
                    align_items: AlignItems::Center,
                    justify_content: JustifyContent::Center,
                    ..layout::absolute()
                },
                BackgroundColor(slider.knob),
                BorderColor::all(slider.ring),
                BoxShadow::new(slider.ring.with_alpha(0.35), px(0.0), px(0.0), px(6.0), px(0.0)),
                knob,
            ))
            .with_children(in_knob);
        });
    });
    entity
}

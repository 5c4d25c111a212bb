//! Every limit of the content format, by name. Reaching one is a finding, never a silent cut.

/// Largest YAML document, in bytes.
pub const DOCUMENT_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Deepest nesting of a YAML document.
pub const DOCUMENT_DEPTH_MAX: usize = 32;
/// Documents in one exhibition.
pub const DOCUMENTS_MAX: usize = 2_000;
/// Scenes in one exhibition.
pub const SCENES_MAX: usize = 1_000;
/// Media entries in one exhibition.
pub const MEDIA_MAX: usize = 10_000;
/// Characters in an id.
pub const ID_CHARS_MAX: usize = 64;
/// Characters in a title.
pub const TITLE_CHARS_MAX: usize = 40;
/// Characters in a running text.
pub const TEXT_CHARS_MAX: usize = 400;
/// Items in a list that a visitor sees (events, pictures, tiles, pages).
pub const ITEMS_MAX: usize = 200;
/// Tiles on a home page: more need a second level.
pub const HOME_TILES_MAX: usize = 10;
/// Options of a choice question.
pub const OPTIONS_MAX: usize = 6;
/// Pieces of an order or match question.
pub const PIECES_MAX: usize = 8;
/// Groups that an exhibition may be for.
pub const AUDIENCE_MAX: usize = 64;
/// Questions in one quiz run.
pub const QUIZ_QUESTIONS_MAX: usize = 50;
/// Bytes of one picture file.
pub const PICTURE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Longest edge of a picture that a release may be built from, in pixels.
pub const PICTURE_EDGE_PX_MAX: u32 = 16_384;
/// Bytes of one film file.
pub const FILM_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Findings that one reading lists.
pub const FINDINGS_MAX: usize = 500;
/// Version of the content format that this program reads.
pub const FORMAT: u32 = 1;
/// Characters in one line: dates, hints, options, facts.
pub const LINE_CHARS_MAX: usize = 80;
/// Letters that take the room of one Han character's meaning: limits of other languages are this much higher.
pub const LATIN_PER_HAN: usize = 4;
/// Characters of an era's tab.
pub const ERA_CHARS_MAX: usize = 6;
/// Characters of one column of the stacked title.
pub const ATTRACT_COLUMN_CHARS_MAX: usize = 6;
/// Ways on from a story.
pub const STORY_LINKS_MAX: usize = 6;
/// Questions in one bank.
pub const QUESTIONS_MAX: usize = 1_000;
/// Characters on the pad of a fill-in question.
pub const PAD_CHARACTERS_MAX: usize = 12;
/// Digits of a check-in code.
pub const CODE_DIGITS: std::ops::RangeInclusive<u8> = 4..=8;
/// Bytes of one sound or caption file.
pub const SOUND_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Characters of a question's topic in the list of results.
pub const TOPIC_CHARS_MAX: usize = 14;
/// Columns of a route: as many colours and dashes can be told apart.
pub const ROUTE_COLUMNS_MAX: usize = 4;
/// Points that a way goes through between two stops.
pub const ROUTE_VIA_MAX: usize = 20;
/// Characters of a name on a map.
pub const ROUTE_LABEL_CHARS_MAX: usize = 6;
/// Characters of the number under which a map was approved.
pub const MAP_APPROVAL_CHARS_MAX: usize = 40;
/// Steps of a scenario.
pub const SCENARIO_STEPS_MAX: usize = 60;
/// Choices of one step: as many keys find room.
pub const SCENARIO_OPTIONS_MAX: usize = 4;
/// Materials that a visitor can keep in one scenario.
pub const SCENARIO_CARDS_MAX: usize = 8;
/// Characters of a choice or of the name of a material.
pub const SCENARIO_OPTION_CHARS_MAX: usize = 16;
/// Charts of one scene: as many tabs find room.
pub const CHARTS_MAX: usize = 6;
/// Points of a chart.
pub const CHART_POINTS_MAX: usize = 24;
/// Parts of a ring: as many can be told apart.
pub const CHART_PARTS_MAX: usize = 6;
/// Characters of a chart's name on its tab.
pub const CHART_TAB_CHARS_MAX: usize = 8;
/// Characters of a point's name.
pub const CHART_NAME_CHARS_MAX: usize = 12;
/// Characters that are shown instead of a number.
pub const CHART_LABEL_CHARS_MAX: usize = 24;
/// Characters of a unit.
pub const CHART_UNIT_CHARS_MAX: usize = 8;
/// Characters of the sentences beside a chart: the picture keeps the larger part of the page.
pub const CHART_TEXT_CHARS_MAX: usize = 100;
/// Points on a picture: as many marks can be told apart.
pub const POINTS_MAX: usize = 12;
/// Characters of the name of a point, which stands at its mark.
pub const POINT_TITLE_CHARS_MAX: usize = 12;
/// Characters of what is said of a point.
pub const POINT_TEXT_CHARS_MAX: usize = 120;
/// Least distance of two points, in parts of the picture's width: nearer marks lie on one another.
pub const POINTS_APART_MIN: f32 = 0.06;

//! What the things over the pages are drawn with: one design, whatever exhibition, theme or visitor there is.

use bevy::{prelude::*, text::LineHeight};
use pingfeng_content::model::{Lang, ThemeName};

use crate::{
    blocks::{self, Icon, Ui, fitting},
    theme::{Kit, Role, Style},
};

/// Longer texts fill their lines.
const BALANCED_LINES_MAX: usize = 4;
/// The part of its size that a text may give up to take a line less.
const SMALLER_FOR_A_LINE: f32 = 0.88;
/// Words with a character from here on are set as Chinese.
const FIRST_HAN: char = '\u{2E80}';

/// The kit of the whole display. Sizes are those of a page of the whole display, which is larger than the page when a
/// band takes its place above: [`Desk::len`] makes them what the page's own scale asks for.
pub(super) struct Desk {
    pub(super) kit: Kit,
    /// The same for English, whose quotation marks and spaces are narrower.
    english: Kit,
    scale: f32,
}

impl Desk {
    /// `page`: the kit that the pages are drawn with.
    pub(super) fn new(page: &Kit) -> Self {
        let surface = page.surface.below(0.0);
        let kit = page.with(|kit| {
            kit.theme = ThemeName::Zhusha;
            kit.text_scale = 1.0;
            kit.surface = surface;
        });
        Self { scale: surface.scale / page.surface.scale, english: kit.with(|kit| kit.lang = Lang::En), kit }
    }

    /// The display, px of a page of the whole display.
    pub(super) fn size(&self) -> Vec2 {
        self.kit.surface.size
    }

    /// Free space left and right.
    pub(super) fn margin(&self) -> f32 {
        self.kit.margin()
    }

    /// `portrait` on a portrait display, else `landscape`.
    pub(super) fn pick<T>(&self, portrait: T, landscape: T) -> T {
        self.kit.pick(portrait, landscape)
    }

    /// A length of this design as a node has it.
    pub(super) fn len(&self, px_of_display: f32) -> Val {
        px(px_of_display * self.scale)
    }

    /// The same on all four sides of a box at a place.
    pub(super) fn at(&self, x: f32, y: f32, width: f32, height: f32) -> Node {
        Node {
            left: self.len(x),
            top: self.len(y),
            width: self.len(width),
            height: self.len(height),
            ..blocks::absolute()
        }
    }

    /// Children one below the other, from the left.
    pub(super) fn column(&self, gap: f32) -> Node {
        Node { flex_direction: FlexDirection::Column, row_gap: self.len(gap), ..default() }
    }

    /// Children side by side, centred on one line.
    pub(super) fn row(&self, gap: f32) -> Node {
        Node { align_items: AlignItems::Center, column_gap: self.len(gap), ..default() }
    }

    /// A word of the interface.
    pub(super) fn word(&self, lang: Lang, key: &str, values: &[(&str, &str)]) -> String {
        let word = self.kit.words.get(lang, key).to_owned();
        values.iter().fold(word, |word, (name, value)| word.replace(&format!("{{{name}}}"), value))
    }

    /// A word of the interface in the language of the page.
    pub(super) fn own(&self, key: &str) -> String {
        self.word(self.kit.lang, key, &[])
    }

    /// Words at a size in a colour. They wrap at the width of their parent.
    pub(super) fn text<'a>(
        &self,
        ui: &'a mut Ui<'_>,
        style: Style,
        size: f32,
        colour: Color,
        words: &str,
    ) -> EntityCommands<'a> {
        let chinese = words.chars().any(|c| c >= FIRST_HAN);
        let kit = if chinese { &self.kit } else { &self.english };
        let mut text = blocks::text_sized(ui, kit, style, size * self.scale, Role::Ink, words);
        text.insert(TextColor(colour));
        text
    }

    /// The same with lines that stand `leading` times the size apart.
    pub(super) fn lines<'a>(
        &self,
        ui: &'a mut Ui<'_>,
        style: Style,
        size: f32,
        leading: f32,
        colour: Color,
        words: &str,
    ) -> EntityCommands<'a> {
        let mut text = self.text(ui, style, size, colour, words);
        text.insert(LineHeight::RelativeToFont(leading));
        text
    }

    /// The same in a box of `width`, with lines of like length where there are few.
    pub(super) fn block(&self, ui: &mut Ui<'_>, style: Style, set: (f32, f32), colour: Color, words: &str, width: f32) {
        let (size, leading) = set;
        let max_width = self.len(self.balanced(style, size, words, width));
        ui.spawn(Node { max_width, ..default() }).with_children(|ui| {
            self.lines(ui, style, size, leading, colour, words);
        });
    }

    /// An icon in a colour.
    pub(super) fn icon(&self, ui: &mut Ui<'_>, icon: Icon, size: f32, colour: Color) {
        blocks::icon(ui, &self.kit, icon, size * self.scale, Role::Ink)
            .entry::<ImageNode>()
            .and_modify(move |mut node| node.color = colour);
    }

    /// A colour of paper and ink.
    pub(super) fn colour(&self, role: Role) -> Color {
        self.kit.colour(role)
    }

    /// The narrowest width at which `words` take no more lines than in `width`, where they are few: no line then holds a
    /// single character.
    pub(super) fn balanced(&self, style: Style, size: f32, words: &str, width: f32) -> f32 {
        let lines = |width: f32| fitting::lines(&self.kit, style, size, words, width);
        let most = lines(width);
        if !(2..=BALANCED_LINES_MAX).contains(&most) {
            return width;
        }
        let mut narrow = width;
        while narrow - size / 2.0 > width / 2.0 && lines(narrow - size / 2.0) <= most {
            narrow -= size / 2.0;
        }
        narrow
    }

    /// The largest size from `sizes.1` down to `sizes.0` at which `words` fit a box, and the height they then take. What
    /// does not even fit at the smallest size takes more than the box.
    pub(super) fn fit(&self, style: Style, sizes: (f32, f32), leading: f32, words: &str, room: Vec2) -> (f32, f32) {
        let height = |size: f32| fitting::lines(&self.kit, style, size, words, room.x) as f32 * size * leading;
        let lines = |size: f32| fitting::lines(&self.kit, style, size, words, room.x);
        let mut size = sizes.1;
        while size > sizes.0 && height(size) > room.y {
            size -= 1.0;
        }
        // A line less is worth somewhat smaller letters.
        let mut smaller = size;
        while smaller - 1.0 >= (size * SMALLER_FOR_A_LINE).max(sizes.0) {
            smaller -= 1.0;
            if lines(smaller) < lines(size) {
                size = smaller;
                break;
            }
        }
        (size, height(size))
    }
}

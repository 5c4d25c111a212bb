//! An oath, read by a group after its leader. The words are all there all the time, in one fixed design whatever the theme;
//! while it is read nothing else can be touched, and it begins and ends only when somebody holds a key.

use bevy::prelude::*;
use pingfeng_content::model::{Oath, Scene, ThemeName};

use crate::{
    ScreenSystems,
    blocks::{self, Bar, Button, Icon, Kind, Ui, fitting},
    cue::{Happened, PlaySound, UiSound},
    damage::{Moves, WakeIn},
    input::{Busy, LetGo, Pressed, Tapped},
    stage::{OnTap, Opening, SceneKind, SceneKinds},
    theme::{Kit, Role, Style},
};

pub(super) fn plugin(app: &mut App) {
    SceneKinds::add::<OathPage>(app);
    app.add_systems(Update, (step, hold, pace).chain().in_set(ScreenSystems::Decide));
}

/// So long a key is held until it begins or ends the oath, seconds: nobody does so in passing.
const HOLD_S: f32 = 2.0;
/// The leader reads a character in this time, seconds, and a line in no less than [`LEAD_S_MIN`].
const CHAR_S: f32 = 0.42;
const LEAD_S_MIN: f32 = 1.8;
/// The group takes this many times as long as the leader, but no less than [`FOLLOW_S_MIN`], seconds.
const FOLLOW: f32 = 1.4;
const FOLLOW_S_MIN: f32 = 2.5;
/// Between the call to raise the hand and the first line, and for the names at the end, seconds.
const CALL_S: f32 = 6.0;
const NAMES_S: f32 = 20.0;
/// Height of a key, px.
const KEY_PX: [f32; 2] = [116.0, 88.0];

/// An oath and how far it is.
#[derive(Component)]
pub struct OathPage {
    document: Oath,
    at: At,
    /// The lines follow one another by themselves; else the leader taps.
    paced: bool,
    /// What is left of the present step where the lines follow by themselves, seconds.
    left_s: f32,
}

/// How far an oath is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Ready,
    /// 请举起右手.
    Call,
    /// A line, from 0.
    Line(usize),
    /// 宣誓人：…
    Names,
    Done,
}

/// What a key does.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    /// Held: begins. `paced`: see [`OathPage`].
    Begin { paced: bool },
    /// The leader goes on.
    Next,
    /// Held: ends it before its time.
    End,
    Again,
}

/// A key that is held: how long already, seconds.
#[derive(Component, Clone, Copy, Debug, Default)]
struct Held(f32);

/// The part of a key that fills while it is held.
#[derive(Component)]
struct HeldPart;

impl SceneKind for OathPage {
    fn open(opening: &Opening<'_>) -> Option<Self> {
        match opening.scene {
            Scene::Oath(document) => Some(Self { document: document.clone(), at: At::Ready, paced: false, left_s: 0.0 }),
            _ => None,
        }
    }

    fn view(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let own = kit.with(|kit| kit.theme = ThemeName::Zhusha);
        if kit.theme != own.theme {
            ui.spawn((blocks::fill(), BackgroundColor(own.colour(Role::Paper))));
        }
        let kit = &own;
        self.heading(ui, kit);
        self.lines(ui, kit);
        self.keys(ui, kit);
    }

    fn bar(&self, _: &Kit) -> Bar {
        if self.reads() { Bar::None } else { Bar::Full }
    }
}

impl OathPage {
    fn words(&self) -> &'static [&'static str] {
        self.document.words.lines()
    }

    /// True while nothing may come between.
    fn reads(&self) -> bool {
        !matches!(self.at, At::Ready | At::Done)
    }

    fn go_to(&mut self, at: At) {
        self.at = at;
        self.left_s = match at {
            At::Call => CALL_S,
            At::Line(line) => self.words().get(line).map_or(0.0, |line| line_s(line)),
            At::Names => NAMES_S,
            At::Ready | At::Done => 0.0,
        };
    }

    fn next(&mut self) {
        let last = self.words().len().saturating_sub(1);
        self.go_to(match self.at {
            At::Ready => At::Call,
            At::Call => At::Line(0),
            At::Line(line) if line < last => At::Line(line + 1),
            At::Line(_) => At::Names,
            At::Names | At::Done => At::Done,
        });
    }

    fn heading(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let (margin, wide) = (kit.margin(), kit.surface.size.x - 2.0 * kit.margin());
        let size = kit.pick(84.0, 66.0) / kit.text_factor(Style::H1);
        let title = Node { ..blocks::at(margin, kit.pick(84.0, 40.0), wide, kit.pick(120.0, 88.0)) };
        // What is read aloud is Chinese in every language.
        blocks::label(ui, kit, Style::H1, size, Role::Ink, "入党誓词", title);
        let said = match self.at {
            At::Ready => kit.word("oath.ready"),
            At::Call => "请举起右手，握拳过肩。请跟我宣誓。".to_owned(),
            At::Line(_) => kit.word("oath.line"),
            At::Names => "宣誓人：　（各自报出姓名）".to_owned(),
            At::Done => kit.word("oath.done"),
        };
        let style = if matches!(self.at, At::Call | At::Names) { Style::Strong } else { Style::Lead };
        let size = fitting::fit(kit, style, kit.pick(38.0, 34.0) / kit.text_factor(style), &said, wide, 1).size;
        let line = blocks::at(margin, kit.pick(212.0, 128.0), wide, 64.0);
        blocks::label(ui, kit, style, size, Role::Ink2, &said, line);
    }

    /// All lines, always, in one size. Across they stand in two columns.
    fn lines(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let words = self.words();
        let columns = kit.pick(1, 2);
        let rows = words.len().div_ceil(columns).max(1);
        let (top, bottom) = (kit.pick(330.0, 226.0), self.keys_top(kit) - kit.pick(96.0, 64.0));
        let margin = kit.margin();
        let width = (kit.surface.size.x - 2.0 * margin) / columns as f32;
        let pitch = (bottom - top) / rows as f32;
        let longest = words.iter().map(|line| line.chars().count()).max().unwrap_or(1) as f32;
        let size = (pitch * 0.62).min((width - 56.0) / longest / 1.06);
        for (index, line) in words.iter().enumerate() {
            let (column, row) = (index / rows, index % rows);
            let here = self.at == At::Line(index);
            let place = blocks::at(margin + column as f32 * width, top + row as f32 * pitch, width, pitch);
            ui.spawn(Node { align_items: AlignItems::Center, column_gap: px(28.0), ..place }).with_children(|ui| {
                let mark = if here { kit.colour(Role::Accent) } else { Color::NONE };
                ui.spawn((
                    Node { width: px(8.0), height: px(size * 1.15), flex_shrink: 0.0, ..default() },
                    BackgroundColor(mark),
                ));
                // The line that is read stands out by colour and by the mark before it; none is smaller or paler than can be read.
                let role = match self.at {
                    At::Line(_) if here => Role::AccentText,
                    At::Line(_) | At::Call => Role::Ink2,
                    _ => Role::Ink,
                };
                blocks::text_sized(ui, kit, Style::H1, size / kit.text_factor(Style::H1), role, line)
                    .insert((TextLayout::no_wrap(), bevy::text::LineHeight::RelativeToFont(1.2)));
            });
        }
        let sources = kit.sources(&self.document.sources);
        ui.spawn(Node { left: px(margin), right: px(margin), top: px(bottom + kit.pick(14.0, 6.0)), ..blocks::absolute() })
            .with_children(|ui| {
                blocks::source_line(ui, kit, Role::Ink2, &sources);
            });
    }

    fn keys_top(&self, kit: &Kit) -> f32 {
        kit.bar_top() - kit.pick(KEY_PX[0] + 34.0, KEY_PX[1] + 26.0)
    }

    fn keys(&self, ui: &mut Ui<'_>, kit: &Kit) {
        let (margin, wide, gap) = (kit.margin(), kit.surface.size.x - 2.0 * kit.margin(), 24.0);
        let half = (wide - gap) / 2.0;
        let height = kit.pick(KEY_PX[0], KEY_PX[1]);
        let top = self.keys_top(kit);
        let left = blocks::at(margin, top, half, height);
        let right = blocks::at(margin + half + gap, top, half, height);
        let words = |key: &str| kit.word(key);
        match self.at {
            At::Ready => {
                let (tapped, paced) = (words("oath.begin_tapped"), words("oath.begin_paced"));
                let size = Some(blocks::label_size(kit, half, &tapped, 0).min(blocks::label_size(kit, half, &paced, 0)));
                let plain = Button { label: &paced, size, ..default() };
                held_key(ui, kit, left, plain, Key::Begin { paced: true });
                let main = Button { label: &tapped, kind: Kind::Main, size, ..default() };
                held_key(ui, kit, right, main, Key::Begin { paced: false });
            }
            At::Done => {
                let (again, onward) = (words("oath.again"), words("timeline.go_on"));
                blocks::button(ui, kit, left, Button { label: &again, ..default() }).insert(Key::Again);
                let main = Button { label: &onward, kind: Kind::Main, after: Some(Icon::Next), ..default() };
                let to = self.document.next.clone().map_or(OnTap::Back, OnTap::Go);
                blocks::button(ui, kit, right, main).insert(to);
            }
            At::Call | At::Line(_) | At::Names => {
                let (end, next) = (words("oath.end"), words("oath.next"));
                let size = Some(blocks::label_size(kit, half, &end, 0).min(blocks::label_size(kit, half, &next, 1)));
                held_key(ui, kit, left, Button { label: &end, size, ..default() }, Key::End);
                let main = Button { label: &next, kind: Kind::Main, after: Some(Icon::Next), size, ..default() };
                blocks::button(ui, kit, right, main).insert(Key::Next);
            }
        }
    }
}

/// How long a line takes: the leader, and then the group.
fn line_s(line: &str) -> f32 {
    let leader = (line.chars().count() as f32 * CHAR_S).max(LEAD_S_MIN);
    leader + (leader * FOLLOW).max(FOLLOW_S_MIN)
}

/// A key that acts when it has been held, and fills meanwhile.
fn held_key(ui: &mut Ui<'_>, kit: &Kit, node: Node, button: Button<'_>, does: Key) {
    let fill = if button.kind == Kind::Main { kit.colour(Role::Deep) } else { kit.colour(Role::Line) };
    let mut key = blocks::button(ui, kit, node, button);
    key.insert((does, Held::default()));
    key.with_children(|ui| {
        ui.spawn((
            Node {
                left: px(0.0),
                bottom: px(0.0),
                height: px(10.0),
                width: percent(0.0),
                border_radius: BorderRadius::all(px(kit.tokens.radius("seal"))),
                ..blocks::absolute()
            },
            BackgroundColor(fill),
            HeldPart,
        ));
    });
}

fn step(
    mut commands: Commands,
    mut taps: MessageReader<Tapped>,
    keys: Query<&Key>,
    mut pages: Query<(Entity, &mut OathPage)>,
    mut sound: MessageWriter<PlaySound>,
    mut happened: MessageWriter<Happened>,
) {
    for tap in taps.read() {
        let Ok(key) = keys.get(tap.entity) else { continue };
        for (entity, mut page) in &mut pages {
            match key {
                Key::Next => page.next(),
                Key::Again => page.go_to(At::Ready),
                // Those are held.
                Key::Begin { .. } | Key::End => continue,
            }
            sound.write(PlaySound(UiSound::Touch));
            tell(&mut commands, entity, &page, &mut happened);
        }
    }
}

/// A key that is held long enough acts.
fn hold(
    mut commands: Commands,
    mut keys: Query<(&Key, &mut Held, Has<Pressed>, &Children)>,
    mut parts: Query<&mut Node, With<HeldPart>>,
    mut pages: Query<(Entity, &mut OathPage)>,
    time: Res<Time>,
    mut moves: MessageWriter<Moves>,
    mut let_go: MessageWriter<LetGo>,
    mut happened: MessageWriter<Happened>,
) {
    for (key, mut held, pressed, children) in &mut keys {
        let before = held.0;
        let now = if pressed { before + time.delta_secs() } else { 0.0 };
        if now == before {
            continue;
        }
        held.0 = now;
        moves.write(Moves);
        for child in children.iter() {
            if let Ok(mut node) = parts.get_mut(child) {
                node.width = percent((now / HOLD_S).min(1.0) * 100.0);
            }
        }
        if before < HOLD_S && now >= HOLD_S {
            let_go.write(LetGo);
            for (entity, mut page) in &mut pages {
                match key {
                    Key::Begin { paced } => {
                        page.paced = *paced;
                        page.go_to(At::Call);
                    }
                    Key::End => page.go_to(At::Ready),
                    Key::Next | Key::Again => continue,
                }
                tell(&mut commands, entity, &page, &mut happened);
            }
        }
    }
}

/// Lines follow one another by themselves where the leader has asked for it.
fn pace(
    mut commands: Commands,
    mut pages: Query<(Entity, &mut OathPage)>,
    time: Res<Time>,
    mut wake: ResMut<WakeIn>,
    mut happened: MessageWriter<Happened>,
) {
    for (entity, mut page) in &mut pages {
        if !page.paced || !page.reads() {
            continue;
        }
        let left_s = page.left_s - time.delta_secs();
        page.bypass_change_detection().left_s = left_s;
        if left_s > 0.0 {
            wake.at_most(left_s);
        } else {
            page.next();
            wake.at_most(page.left_s);
            tell(&mut commands, entity, &page, &mut happened);
        }
    }
}

/// Says how far it is, and that nobody is idle who takes an oath.
fn tell(commands: &mut Commands, entity: Entity, page: &OathPage, happened: &mut MessageWriter<Happened>) {
    let word = match page.at {
        At::Ready => "oath ready".to_owned(),
        At::Call => "oath begins".to_owned(),
        At::Line(line) => format!("oath line {}", line + 1),
        At::Names => "oath names".to_owned(),
        At::Done => "oath done".to_owned(),
    };
    happened.write(Happened(word));
    if page.reads() {
        commands.entity(entity).insert(Busy);
    } else {
        commands.entity(entity).remove::<Busy>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> OathPage {
        let document = serde_json::json!({ "id": "o", "title": "誓词", "words": "party_admission", "sources": ["x"] });
        OathPage { document: serde_json::from_value(document).unwrap(), at: At::Ready, paced: false, left_s: 0.0 }
    }

    #[test]
    fn every_line_is_read_once_and_in_order() {
        let mut page = page();
        page.next();
        assert_eq!(page.at, At::Call);
        for line in 0..12 {
            page.next();
            assert_eq!(page.at, At::Line(line));
            assert!(page.reads());
        }
        page.next();
        assert_eq!(page.at, At::Names);
        page.next();
        page.next();
        assert_eq!((page.at, page.reads()), (At::Done, false));
    }

    #[test]
    fn the_group_has_longer_than_its_leader_and_never_less_than_a_breath() {
        assert!((line_s("对党忠诚") - (1.8 + 2.52)).abs() < 0.01);
        let long = "随时准备为党和人民牺牲一切";
        assert!((line_s(long) - 13.0 * CHAR_S * 2.4).abs() < 0.01);
    }
}

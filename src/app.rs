//! Two ways to run the same screen: in a window, and offscreen with time stepped by hand.

use std::time::Duration;

use bevy::{
    app::TerminalCtrlCHandlerPlugin,
    asset::RenderAssetUsages,
    camera::RenderTarget,
    ecs::schedule::SingleThreadedExecutor,
    log::LogPlugin,
    prelude::*,
    render::{
        RenderApp, RenderPlugin,
        pipelined_rendering::PipelinedRenderingPlugin,
        render_resource::{Extent3d, TextureDimension, TextureFormat, TextureUsages},
        renderer::RenderAdapterInfo,
        settings::{MemoryHints, WgpuSettings},
        view::screenshot::Screenshot,
    },
    time::TimeUpdateStrategy,
    ui::IsDefaultUiCamera,
    window::{ExitCondition, Monitor, MonitorSelection, PrimaryMonitor, PrimaryWindow, WindowMode, WindowResolution},
    winit::WinitPlugin,
};
use image::RgbImage;
use jiff::tz::TimeZone;
use pingfeng_content::model::{Lang, SceneId, ThemeName};
use pingfeng_media::film::gst::GstFilms;

use crate::{
    config::Display,
    capture::{Captured, capture},
    input::{Recorded, RecordedStep},
    over::HallTime,
    phase::Phase,
    scenes::film::Films,
    screen_plugin,
    stage::{Exhibition, FirstScene, Pictures, Stage},
    theme::{Motion, Surface, ThemeOverride},
    visit::{VisitDefaults, VisitSeed},
};

/// How a screen starts.
#[derive(Clone, Debug)]
pub struct ScreenOptions {
    /// What it shows.
    pub exhibition: Exhibition,
    /// The first scene, where it is not the attract loop.
    pub scene: Option<SceneId>,
    /// Wins over the exhibition's theme.
    pub theme: Option<ThemeName>,
    /// Wins over the exhibition's first language.
    pub lang: Option<Lang>,
    /// 1.0, 1.3 or 1.6.
    pub text_scale: Option<f32>,
    /// How much moves; `None`: as much as the adapter draws easily.
    pub motion: Option<Motion>,
    /// What is known of the panel.
    pub panel: Display,
    /// Where shuffles begin.
    pub seed: u64,
    /// The hall's own time, for what is written on the glass.
    pub zone: TimeZone,
    /// Draws with the processor, whatever graphics there are: for tests, whose pictures must not depend on the machine.
    pub software: bool,
}

impl ScreenOptions {
    /// The attract loop of an exhibition.
    pub fn new(exhibition: Exhibition) -> Self {
        Self { exhibition, scene: None, theme: None, lang: None, text_scale: None, motion: None, panel: Display::default(), seed: 1, zone: TimeZone::UTC, software: false }
    }

    fn apply(self, app: &mut App) {
        let attract = self.exhibition.compiled.exhibition.attract.clone();
        let starts_visit = self.scene.as_ref().is_some_and(|scene| *scene != attract);
        app.insert_resource(self.exhibition)
            .insert_resource(FirstScene { scene: self.scene, starts_visit })
            .insert_resource(ThemeOverride(self.theme))
            .insert_resource(VisitDefaults { lang: self.lang, text_scale: self.text_scale, silent: false })
            .insert_resource(VisitSeed(self.seed))
            .insert_resource(HallTime(self.zone))
            .insert_resource(Panel(self.panel))
            .insert_resource(self.motion.unwrap_or_default());
    }
}

/// What is known of the panel; see `[display]` in `device.toml`.
#[derive(Resource, Clone, Debug, Default)]
struct Panel(Display);

impl Panel {
    fn surface(&self, physical: UVec2) -> Surface {
        Surface::on_panel(physical, self.0.diagonal_in, self.0.lift)
    }
}

/// The plugins of bevy, without what a screen has no use for.
fn engine(synchronous: bool, software: bool) -> bevy::app::PluginGroupBuilder {
    let settings = WgpuSettings {
        force_fallback_adapter: software,
        // A kiosk has one page on the glass: small blocks of memory, given back soon.
        memory_hints: MemoryHints::MemoryUsage,
        ..default()
    };
    DefaultPlugins
        .build()
        // `main` sets up logging, and the shutdown.
        .disable::<LogPlugin>()
        .disable::<TerminalCtrlCHandlerPlugin>()
        .set(RenderPlugin {
            synchronous_pipeline_compilation: synchronous,
            render_creation: settings.into(),
            ..default()
        })
}

/// A screen in a window. `windowed`: its size; else it covers the display.
pub fn window_app(options: ScreenOptions, windowed: Option<UVec2>) -> App {
    let mut app = App::new();
    let window = Window {
        title: "Pingfeng".into(),
        name: Some("pingfeng".into()),
        mode: match windowed {
            Some(_) => WindowMode::Windowed,
            None => WindowMode::BorderlessFullscreen(MonitorSelection::Primary),
        },
        // The page is laid out in real pixels, whatever the desktop would scale.
        resolution: windowed.map_or_else(WindowResolution::default, |size| WindowResolution::new(size.x, size.y)).with_scale_factor_override(1.0),
        ..default()
    };
    app.add_plugins(engine(false, options.software).set(WindowPlugin { primary_window: Some(window), ..default() }));
    app.insert_resource(Surface::new(windowed.unwrap_or(UVec2::new(1080, 1920))));
    if options.motion.is_none() {
        app.add_systems(PreStartup, spare_the_processor.run_if(crate::damage::processor_draws));
    }
    options.apply(&mut app);
    app.add_plugins((screen_plugin, crate::damage::window_plugin, crate::sound::plugin))
        .add_systems(Startup, |mut commands: Commands| {
            commands.spawn((Camera2d, Msaa::Off, IsDefaultUiCamera));
        })
        .add_systems(PreUpdate, (cover_display, follow_window).chain().before(crate::ScreenSystems::Pointer));
    one_after_another(&mut app);
    app
}

/// Covers the display also where no window manager grants the wish for full screen: a bare X server on a terminal.
fn cover_display(
    mut windows: Query<&mut Window, With<PrimaryWindow>>,
    monitors: Query<&Monitor, With<PrimaryMonitor>>,
    mut frames: Local<u32>,
) {
    *frames += 1;
    // A window manager answers within the first frames; later the window is asked once more in vain at most.
    if ![5, 60].contains(&*frames) {
        return;
    }
    let (Ok(mut window), Ok(monitor)) = (windows.single_mut(), monitors.single()) else { return };
    let size = monitor.physical_size();
    if matches!(window.mode, WindowMode::BorderlessFullscreen(_)) && window.physical_size() != size && size.min_element() > 0 {
        warn!(?size, "nobody grants full screen here; the window takes the display's size");
        window.position = WindowPosition::At(monitor.physical_position);
        window.resolution.set_physical_resolution(size.x, size.y);
    }
}

/// Runs the systems of each schedule one after another.
///
/// A page has a few hundred small systems: handing each to a thread and waiting for it costs several times what the system
/// itself does, and on two cores takes from the drawing.
fn one_after_another(app: &mut App) {
    let calm = |world: &mut World| {
        if let Some(mut schedules) = world.get_resource_mut::<Schedules>() {
            for (_, schedule) in schedules.iter_mut() {
                schedule.set_executor(SingleThreadedExecutor::new());
            }
        }
    };
    calm(app.world_mut());
    if let Some(render) = app.get_sub_app_mut(RenderApp) {
        calm(render.world_mut());
    }
}

/// The page follows the size of the window.
fn follow_window(
    windows: Query<&Window, (With<PrimaryWindow>, Changed<Window>)>,
    panel: Res<Panel>,
    mut surface: ResMut<Surface>,
) {
    for window in &windows {
        let size = window.physical_size();
        if size.min_element() > 0 {
            let below = panel.surface(size).below(surface.top);
            surface.set_if_neq(below);
        }
    }
}

/// Where the processor draws, an attract loop that drifts all day would keep it busy all day, and fades would stutter.
fn spare_the_processor(mut motion: ResMut<Motion>) {
    *motion = Motion::Still;
}

/// A screen without a window whose time is stepped by hand: what it draws depends on nothing but its input.
pub struct Offscreen {
    app: App,
    target: Handle<Image>,
    camera: Entity,
    live: bool,
}

/// Length of one step, seconds.
const TICK_S: f32 = 1.0 / 30.0;
/// Steps without time in which pictures and shaders may arrive before the screen is taken as it is.
const LOAD_STEPS_MAX: u32 = 20_000;

/// A screen of `size` real pixels without a window.
pub fn offscreen_app(options: ScreenOptions, size: UVec2, input: Vec<RecordedStep>) -> Offscreen {
    let mut app = App::new();
    app.add_plugins(
        engine(true, options.software)
            .disable::<WinitPlugin>()
            .disable::<PipelinedRenderingPlugin>()
            .set(WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() }),
    );
    let mut image = Image::new_uninit(
        Extent3d { width: size.x, height: size.y, depth_or_array_layers: 1 },
        TextureDimension::D2,
        TextureFormat::Rgba8UnormSrgb,
        RenderAssetUsages::RENDER_WORLD,
    );
    image.texture_descriptor.usage =
        TextureUsages::RENDER_ATTACHMENT | TextureUsages::COPY_SRC | TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST;
    let target = app.world_mut().resource_mut::<Assets<Image>>().add(image);
    app.insert_resource(Panel(options.panel.clone()).surface(size))
        .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::ZERO));
    app.insert_resource(Films::stepped(GstFilms));
    options.apply(&mut app);
    app.add_plugins((screen_plugin, crate::record::without_outbox)).insert_resource(Recorded::new(input));
    let camera = app
        .world_mut()
        .spawn((
            Camera2d,
            // Frames nobody looks at are not drawn.
            Camera { is_active: false, ..default() },
            Msaa::Off,
            IsDefaultUiCamera,
            RenderTarget::Image(target.clone().into()),
        ))
        .id();
    one_after_another(&mut app);
    app.finish();
    app.cleanup();
    Offscreen { app, target, camera, live: false }
}

impl Offscreen {
    /// The app, for tests that look inside.
    pub fn app(&mut self) -> &mut App {
        &mut self.app
    }

    /// Every frame is drawn, in the way of a window: where the processor draws, only what has changed. Before the first
    /// step.
    pub fn live(&mut self) {
        self.live = true;
        self.look(true);
        crate::damage::draw_what_changed(&mut self.app);
    }

    fn look(&mut self, on: bool) {
        if let Some(mut camera) = self.app.world_mut().get_mut::<Camera>(self.camera) {
            camera.is_active = on || self.live;
        }
    }

    /// What draws, in words.
    pub fn adapter(&self) -> String {
        match self.app.world().get_resource::<RenderAdapterInfo>() {
            Some(adapter) => format!("{} ({:?})", adapter.name, adapter.device_type),
            None => "no adapter".into(),
        }
    }

    /// Lets the screen run for `seconds`. Pictures that are missing are waited for without time going by.
    pub fn run(&mut self, seconds: f32) {
        self.load();
        let ticks = (seconds / TICK_S).round() as u32;
        for _ in 0..ticks {
            self.step(TICK_S);
            self.load();
        }
    }

    fn step(&mut self, seconds: f32) {
        self.app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_secs_f32(seconds)));
        self.app.update();
    }

    /// Waits, without time going by, until the first page is shown and every picture is there.
    fn load(&mut self) {
        for _ in 0..LOAD_STEPS_MAX {
            let world = self.app.world();
            let pending = world.resource::<Pictures>().pending() > 0;
            let shown = world.resource::<Stage>().scene().is_some() || *world.resource::<State<Phase>>().get() == Phase::Fault;
            if !pending && shown {
                return;
            }
            self.step(0.0);
            if pending {
                // Decoding goes on in other threads; a busy loop would only take their time.
                std::thread::yield_now();
            }
        }
    }

    /// The picture on the glass.
    pub fn picture(&mut self) -> Option<RgbImage> {
        self.look(true);
        // The first frame compiles what it draws with; the second is the picture.
        self.step(0.0);
        self.step(0.0);
        let target = self.target.clone();
        capture(&mut self.app.world_mut().commands(), Screenshot::image(target));
        for _ in 0..LOAD_STEPS_MAX {
            self.step(0.0);
            if let Some(picture) = self.app.world().resource::<Captured>().take() {
                self.look(false);
                return Some(picture);
            }
        }
        None
    }
}

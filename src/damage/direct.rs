//! Where the processor draws, the page reaches the window through memory that it shares with the display server.
//!
//! The engine's own way shades the whole page a second time, into a picture of the swapchain, and sends that picture
//! through the display server's socket: on full HD some two thirds of the time between a finger and its answer. Here the
//! rectangle that has changed is copied out of the camera's picture, and the display server is told of that rectangle.
//!
//! A thread of its own waits for the drawing and shows it, so the next frame can be decided meanwhile.

use std::{
    collections::VecDeque,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::{Duration, Instant},
};

use bevy::{
    camera::{CameraOutputMode, RenderTarget},
    core_pipeline::{Core2d, upscaling::upscaling},
    prelude::*,
    render::{
        Render, RenderApp, RenderSystems,
        extract_resource::{ExtractResource, ExtractResourcePlugin},
        render_resource::{
            Buffer, BufferDescriptor, BufferUsages, Extent3d, MapMode, Origin3d, PollType, TexelCopyBufferInfo, TexelCopyBufferLayout,
            TexelCopyTextureInfo, TextureAspect,
        },
        renderer::{RenderContext, RenderDevice, ViewQuery},
        view::{ViewTarget, prepare_view_targets},
    },
    window::{PrimaryWindow, RawHandleWrapper, ThreadLockedRawWindowHandleWrapper},
};
use image::RgbImage;

use super::partial::{Damage, Partial, processor_draws};
use crate::capture::Captured;

/// Nothing paces the frames here but this: the shortest time from one picture to the next.
const FRAME: Duration = Duration::from_micros(16_600);
/// A window that was covered is shown whole again, but not more often than this.
const COVERED: Duration = Duration::from_millis(500);
/// So many frames back it is known what has changed; a buffer that is older is filled anew.
const REMEMBERED: usize = 4;

/// The window, shown to without a swapchain. Not there where there is a GPU, or where the display server refuses.
#[derive(Resource, Clone, ExtractResource)]
pub(crate) struct DirectWindow {
    pages: mpsc::SyncSender<Page>,
    shown: Arc<Mutex<mpsc::Receiver<()>>>,
    wanted: Arc<Mutex<Option<Captured>>>,
}

impl DirectWindow {
    /// Puts the next page that is shown into `captured` too.
    pub(crate) fn capture(&self, captured: Captured) {
        *lock(&self.wanted) = Some(captured);
    }
}

/// A page that has been drawn, or is about to be.
struct Page {
    picture: Picture,
    /// What is new in it.
    part: URect,
    device: RenderDevice,
}

/// The camera's picture where the processor can read it.
#[derive(Clone)]
struct Picture {
    /// Rows of `stride` bytes; a pixel is red, green, blue and nothing.
    buffer: Buffer,
    size: UVec2,
    stride: u32,
}

/// What the render world has in hand.
#[derive(Resource, Default)]
struct Showing {
    picture: Option<Picture>,
    /// Copied in this frame, to be shown once it is submitted.
    part: Option<URect>,
    /// The thread reads the picture: nothing may be drawn into it.
    busy: bool,
}

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(ExtractResourcePlugin::<DirectWindow>::default())
        .add_systems(PreStartup, take_window.run_if(processor_draws))
        .add_systems(PostStartup, leave_the_swapchain.run_if(resource_exists::<DirectWindow>))
        .add_systems(
            PreUpdate,
            leave_the_swapchain.run_if(resource_exists::<DirectWindow>).before(crate::ScreenSystems::Pointer),
        );
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render
        .init_resource::<Showing>()
        .add_systems(Core2d, copy.after(upscaling).run_if(resource_exists::<DirectWindow>))
        .add_systems(
            Render,
            (
                wait_until_shown.in_set(RenderSystems::PrepareViews).before(prepare_view_targets),
                show.in_set(RenderSystems::Cleanup),
            )
                .run_if(resource_exists::<DirectWindow>),
        );
}

/// Takes the window out of the engine's hands before it makes a swapchain for it.
fn take_window(mut commands: Commands, windows: Query<(Entity, &RawHandleWrapper), With<PrimaryWindow>>) {
    let Ok((entity, handle)) = windows.single() else { return };
    match open(handle.clone()) {
        Ok(window) => {
            commands.entity(entity).remove::<RawHandleWrapper>();
            commands.insert_resource(window);
        }
        Err(error) => warn!(error, "the display server does not share memory: taps are answered more slowly"),
    }
}

/// The camera draws a picture of the window's size that the engine puts nowhere. Nothing clears it; the ground does.
fn leave_the_swapchain(
    windows: Query<&Window, (With<PrimaryWindow>, Changed<Window>)>,
    mut cameras: Query<(&mut Camera, &mut RenderTarget, &mut Projection)>,
) {
    let Ok(window) = windows.single() else { return };
    let size = window.physical_size();
    for (mut camera, mut target, mut projection) in &mut cameras {
        if size.min_element() == 0 || matches!(&*target, RenderTarget::None { size: now } if *now == size) {
            continue;
        }
        camera.output_mode = CameraOutputMode::Skip;
        camera.clear_color = ClearColorConfig::None;
        *target = RenderTarget::None { size };
        // The engine takes up a new target only with something else that is new.
        projection.set_changed();
    }
}

fn open(handle: RawHandleWrapper) -> Result<DirectWindow, String> {
    let (pages, drawn) = mpsc::sync_channel(1);
    let (done, shown) = mpsc::channel();
    let (opened, open) = mpsc::channel();
    let wanted = Arc::new(Mutex::new(None));
    let captures = wanted.clone();
    std::thread::Builder::new()
        .name("pingfeng-show".into())
        .spawn(move || {
            let surface = surface(&handle);
            // Both ends are waited for; nobody listens only if the screen goes down in this moment.
            let _ = opened.send(surface.as_ref().map(drop).map_err(Clone::clone));
            if let Ok(surface) = surface {
                Shower { surface, before: VecDeque::new(), last: None, whole_at: None }.run(&drawn, &done, &captures);
            }
        })
        .map_err(|error| error.to_string())?;
    open.recv().map_err(|error| error.to_string())??;
    Ok(DirectWindow { pages, shown: Arc::new(Mutex::new(shown)), wanted })
}

type Surface = softbuffer::Surface<ThreadLockedRawWindowHandleWrapper, ThreadLockedRawWindowHandleWrapper>;

#[expect(unsafe_code, reason = "the engine hands out a window only so")]
fn surface(handle: &RawHandleWrapper) -> Result<Surface, String> {
    // SAFETY: X11 and Wayland, the display servers that this program is built for, let any thread draw to a window; the
    // handle keeps the window alive.
    let (display, window) = unsafe { (handle.get_handle(), handle.get_handle()) };
    let context = softbuffer::Context::new(display).map_err(|error| error.to_string())?;
    softbuffer::Surface::new(&context, window).map_err(|error| error.to_string())
}

/// The picture may be drawn into once what it held is on the glass.
fn wait_until_shown(window: Res<DirectWindow>, mut showing: ResMut<Showing>) {
    if std::mem::take(&mut showing.busy) && lock(&window.shown).recv().is_err() {
        error_once!("the thread that shows pages has ended");
    }
}

/// Copies what has changed out of the camera's picture.
fn copy(
    view: ViewQuery<&ViewTarget>,
    partial: Res<Partial>,
    device: Res<RenderDevice>,
    mut showing: ResMut<Showing>,
    mut context: RenderContext,
) {
    let texture = view.into_inner().main_texture();
    let size = UVec2::new(texture.width(), texture.height());
    let whole = URect { min: UVec2::ZERO, max: size };
    let mut part = match partial.damage {
        Damage::Whole => whole,
        Damage::Part(part) => part.intersect(whole),
        Damage::Held => return,
    };
    if showing.picture.as_ref().is_none_or(|picture| picture.size != size) {
        showing.picture = Some(Picture::new(&device, size));
        part = whole;
    }
    let Some(picture) = &showing.picture else { return };
    if !part.is_empty() {
        context.command_encoder().copy_texture_to_buffer(
            TexelCopyTextureInfo {
                texture,
                mip_level: 0,
                origin: Origin3d { x: part.min.x, y: part.min.y, z: 0 },
                aspect: TextureAspect::All,
            },
            TexelCopyBufferInfo {
                buffer: &picture.buffer,
                layout: TexelCopyBufferLayout {
                    offset: picture.at(part.min),
                    bytes_per_row: Some(picture.stride),
                    rows_per_image: None,
                },
            },
            Extent3d { width: part.width(), height: part.height(), depth_or_array_layers: 1 },
        );
    }
    showing.part = Some(part);
}

fn show(window: Res<DirectWindow>, device: Res<RenderDevice>, mut showing: ResMut<Showing>) {
    let Some(part) = showing.part.take() else { return };
    let Some(picture) = showing.picture.clone() else { return };
    showing.busy = window.pages.send(Page { picture, part, device: device.clone() }).is_ok();
}

impl Picture {
    fn new(device: &RenderDevice, size: UVec2) -> Self {
        let stride = RenderDevice::align_copy_bytes_per_row(size.x as usize * 4) as u32;
        let buffer = device.create_buffer(&BufferDescriptor {
            label: Some("the page, to be shown"),
            size: u64::from(stride) * u64::from(size.y),
            usage: BufferUsages::COPY_DST | BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        Self { buffer, size, stride }
    }

    /// Where a pixel begins, bytes.
    fn at(&self, pixel: UVec2) -> u64 {
        u64::from(pixel.y) * u64::from(self.stride) + u64::from(pixel.x) * 4
    }

    /// Reads some rows, once they are drawn.
    fn read<T>(&self, device: &RenderDevice, rows: std::ops::Range<u32>, read: impl FnOnce(&[u8]) -> T) -> Result<T, String> {
        let slice = self.buffer.slice(self.at(UVec2::new(0, rows.start))..self.at(UVec2::new(0, rows.end)));
        let (mapped, ready) = mpsc::channel();
        device.map_buffer(&slice, MapMode::Read, move |result| {
            // The receiver waits below.
            let _ = mapped.send(result);
        });
        device.poll(PollType::wait_indefinitely()).map_err(|error| error.to_string())?;
        ready.recv().map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        let result = read(&slice.get_mapped_range());
        self.buffer.unmap();
        Ok(result)
    }
}

/// Puts pages into the window.
struct Shower {
    surface: Surface,
    /// What was new in the pages before, newest first.
    before: VecDeque<URect>,
    last: Option<Instant>,
    /// When all of the window was shown last.
    whole_at: Option<Instant>,
}

impl Shower {
    fn run(mut self, drawn: &mpsc::Receiver<Page>, done: &mpsc::Sender<()>, wanted: &Mutex<Option<Captured>>) {
        for page in drawn {
            if let Err(error) = self.show(&page) {
                error!(error, "a page could not be shown");
                // Whatever is in the window now: fill it with the next page.
                self.before.clear();
            }
            if let Some(captured) = lock(wanted).take() {
                match page.capture() {
                    Ok(picture) => captured.put(picture),
                    Err(error) => error!(error, "the page could not be captured"),
                }
            }
            if done.send(()).is_err() {
                return;
            }
        }
    }

    fn show(&mut self, page: &Page) -> Result<(), String> {
        let size = page.picture.size;
        let whole = URect { min: UVec2::ZERO, max: size };
        let (Some(width), Some(height)) = (NonZeroU32::new(size.x), NonZeroU32::new(size.y)) else { return Ok(()) };
        // A frame in which nothing is new may come because the window was covered: then all of it is shown again, but not
        // time after time while a page is waiting for something.
        if page.part.is_empty() && self.whole_at.is_some_and(|at| at.elapsed() < COVERED) {
            return Ok(());
        }
        if let Some(wait) = self.last.and_then(|last| FRAME.checked_sub(last.elapsed())) {
            std::thread::sleep(wait);
        }
        self.surface.resize(width, height).map_err(|error| error.to_string())?;
        let mut buffer = self.surface.buffer_mut().map_err(|error| error.to_string())?;
        let part = stale(buffer.age(), page.part, &self.before).unwrap_or(whole).intersect(whole);
        if !part.is_empty() {
            page.picture.read(&page.device, part.min.y..part.max.y, |rows| put(&mut buffer, rows, &page.picture, part))?;
        }
        let told = if page.part.is_empty() { whole } else { page.part };
        buffer.present_with_damage(&[rect(told)?]).map_err(|error| error.to_string())?;
        // On X11 all that lies in the connection's own memory until somebody waits for an answer: whoever takes the buffer
        // again waits until the display server has read it.
        self.surface.buffer_mut().map_err(|error| error.to_string())?;
        trace!(part = ?page.part, "shown");
        let now = Instant::now();
        self.last = Some(now);
        if told == whole {
            self.whole_at = Some(now);
        }
        self.before.push_front(page.part);
        self.before.truncate(REMEMBERED);
        Ok(())
    }
}

impl Page {
    fn capture(&self) -> Result<RgbImage, String> {
        let UVec2 { x: width, y: height } = self.picture.size;
        self.picture.read(&self.device, 0..height, |rows| {
            RgbImage::from_fn(width, height, |x, y| {
                let at = self.picture.at(UVec2::new(x, y)) as usize;
                image::Rgb([rows[at], rows[at + 1], rows[at + 2]])
            })
        })
    }
}

/// What a buffer of that age lacks of the page: what is new in it, and in those that it has missed. `None`: all of it.
fn stale(age: u8, part: URect, before: &VecDeque<URect>) -> Option<URect> {
    let missed = usize::from(age).checked_sub(1)?;
    (missed <= before.len()).then(|| before.iter().take(missed).filter(|part| !part.is_empty()).fold(part, |all, part| {
        if all.is_empty() { *part } else { all.union(*part) }
    }))
}

/// Writes a part of a page into the window's memory. `rows`: the picture's rows from the first to the last of that part.
fn put(pixels: &mut [u32], rows: &[u8], picture: &Picture, part: URect) {
    let (left, right) = (part.min.x as usize, part.max.x as usize);
    let window = pixels.chunks_exact_mut(picture.size.x as usize).skip(part.min.y as usize);
    for (to, from) in window.zip(rows.chunks_exact(picture.stride as usize)) {
        for (to, from) in to[left..right].iter_mut().zip(from[left * 4..right * 4].chunks_exact(4)) {
            *to = u32::from_be_bytes([0, from[0], from[1], from[2]]);
        }
    }
}

fn rect(part: URect) -> Result<softbuffer::Rect, String> {
    let side = |length: u32| NonZeroU32::new(length).ok_or("an empty part is not shown");
    Ok(softbuffer::Rect { x: part.min.x, y: part.min.y, width: side(part.width())?, height: side(part.height())? })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use bevy::math::URect;

    use super::stale;

    const NEW: URect = URect { min: bevy::math::UVec2::new(10, 10), max: bevy::math::UVec2::new(20, 20) };
    const OLD: URect = URect { min: bevy::math::UVec2::new(40, 0), max: bevy::math::UVec2::new(50, 10) };
    const NOTHING: URect = URect { min: bevy::math::UVec2::ZERO, max: bevy::math::UVec2::ZERO };

    #[test]
    fn the_buffer_shown_last_lacks_only_what_is_new() {
        assert_eq!(stale(1, NEW, &VecDeque::from([OLD])), Some(NEW));
        assert_eq!(stale(1, NOTHING, &VecDeque::from([OLD])), Some(NOTHING));
    }

    #[test]
    fn an_older_buffer_lacks_what_it_has_missed() {
        assert_eq!(stale(2, NEW, &VecDeque::from([OLD])), Some(URect::new(10, 0, 50, 20)));
        assert_eq!(stale(2, NOTHING, &VecDeque::from([OLD])), Some(OLD));
        assert_eq!(stale(3, NEW, &VecDeque::from([NOTHING, OLD])), Some(URect::new(10, 0, 50, 20)));
    }

    #[test]
    fn a_new_buffer_lacks_everything() {
        assert_eq!(stale(0, NEW, &VecDeque::from([OLD])), None);
        assert_eq!(stale(3, NEW, &VecDeque::from([OLD])), None);
    }
}

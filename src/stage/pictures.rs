//! Prepared pictures, opened off the main thread, let go when no page needs them.

use std::{
    collections::HashMap,
    io::Cursor,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
};

use bevy::{
    asset::{AssetHandleProvider, RenderAssetUsages},
    prelude::*,
    render::render_resource::{Extent3d, TextureDimension, TextureFormat},
    tasks::AsyncComputeTaskPool,
};
use image::{DynamicImage, ImageReader, RgbaImage};
use pingfeng_content::model::MediaId;
use pingfeng_release::{
    BlobHash, PreparedSize,
    store::{OpenRelease, ReadError},
};

use super::Exhibition;
use crate::{ScreenSystems, blocks::Mount};

/// Longest edge of a texture that a screen opens, px. The build makes none larger.
const TEXTURE_EDGE_PX_MAX: u32 = 8192;
/// Decoded bytes of pictures that no page shows and that are still kept, so that going back is instant.
const UNUSED_BYTES_MAX: usize = 24 * 1024 * 1024;

/// Pictures that are open or being opened. Cheap to clone.
#[derive(Resource, Clone)]
pub struct Pictures(Arc<Mutex<Slots>>);

struct Slots {
    provider: AssetHandleProvider,
    open: HashMap<PathBuf, Slot>,
    wanted: Vec<(PathBuf, OpenRelease, String)>,
    pending: usize,
    clock: u64,
    done: (mpsc::SyncSender<Decoded>, mpsc::Receiver<Decoded>),
}

struct Slot {
    handle: Handle<Image>,
    bytes: usize,
    used_at: u64,
}

type Decoded = (PathBuf, Result<Image, DecodeError>);

/// A file of the release on the glass has other bytes than it should. The bridge has it fetched again.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub struct PictureDamaged(pub BlobHash);

#[derive(Debug, thiserror::Error)]
enum DecodeError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Decode(#[from] image::ImageError),
}

/// A picture that can be drawn now or soon.
#[derive(Clone, Debug)]
pub struct OpenPicture {
    /// The image; drawn once it has been decoded.
    pub handle: Handle<Image>,
    /// Its size.
    pub size_px: Vec2,
}

impl Pictures {
    fn slots(&self) -> MutexGuard<'_, Slots> {
        // A panic while the lock was held leaves whole slots behind: nothing here is ever half written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the smallest file of a picture that is large enough to be drawn at `wanted_px` real pixels. `None`: the
    /// exhibition has no such picture.
    pub fn open(&self, exhibition: &Exhibition, id: &MediaId, wanted_px: Vec2, mount: Mount) -> Option<OpenPicture> {
        let prepared = exhibition.prepared(id)?;
        let size = Vec2::new(prepared.size_px[0] as f32, prepared.size_px[1] as f32);
        let ratios = wanted_px / size;
        let drawn = size * if mount == Mount::Cover { ratios.max_element() } else { ratios.min_element() };
        self.open_file(exhibition, &prepared.sizes, drawn)
    }

    /// Opens the smallest of `sizes` that is large enough to be drawn at `drawn_px`.
    pub fn open_file(&self, exhibition: &Exhibition, sizes: &[PreparedSize], drawn_px: Vec2) -> Option<OpenPicture> {
        let chosen = sizes
            .iter()
            // A twelfth too small cannot be seen, and saves the next larger texture.
            .find(|size| size.width_px as f32 * 1.08 >= drawn_px.x)
            .or(sizes.last())?;
        let release = exhibition.release.as_ref()?;
        let path = release.path_of(&chosen.file)?;
        let mut slots = self.slots();
        slots.clock += 1;
        let now = slots.clock;
        let size_px = Vec2::new(chosen.width_px as f32, chosen.height_px as f32);
        if let Some(slot) = slots.open.get_mut(&path) {
            slot.used_at = now;
            return Some(OpenPicture { handle: slot.handle.clone(), size_px });
        }
        let handle = slots.provider.reserve_handle().typed::<Image>();
        let bytes = chosen.width_px as usize * chosen.height_px as usize * 4;
        slots.open.insert(path.clone(), Slot { handle: handle.clone(), bytes, used_at: now });
        slots.wanted.push((path, release.clone(), chosen.file.clone()));
        slots.pending += 1;
        Some(OpenPicture { handle, size_px })
    }

    /// How many pictures are still being opened.
    pub fn pending(&self) -> usize {
        self.slots().pending
    }
}

pub(super) fn plugin(app: &mut App) {
    let provider = app.world().resource::<Assets<Image>>().get_handle_provider();
    let slots = Slots {
        provider,
        open: HashMap::new(),
        wanted: Vec::new(),
        pending: 0,
        clock: 0,
        // As many results as there can be tasks waiting: a worker never waits for the main thread for long.
        done: mpsc::sync_channel(256),
    };
    app.add_message::<PictureDamaged>().insert_resource(Pictures(Arc::new(Mutex::new(slots))))
        .add_systems(First, take_decoded)
        .add_systems(PostUpdate, start_decoding)
        .add_systems(Last, let_go.in_set(ScreenSystems::Tidy));
}

fn start_decoding(pictures: Res<Pictures>) {
    let mut slots = pictures.slots();
    for (path, release, file) in std::mem::take(&mut slots.wanted) {
        let done = slots.done.0.clone();
        AsyncComputeTaskPool::get()
            .spawn(async move {
                let image = decode(&release, &file);
                // The screen is going down if nobody listens.
                let _ = done.send((path, image));
            })
            .detach();
    }
}

fn take_decoded(
    pictures: Res<Pictures>,
    mut images: ResMut<Assets<Image>>,
    mut damaged: MessageWriter<PictureDamaged>,
) -> Result {
    let mut slots = pictures.slots();
    while let Ok((path, decoded)) = slots.done.1.try_recv() {
        slots.pending = slots.pending.saturating_sub(1);
        match decoded {
            Ok(image) => {
                if let Some(slot) = slots.open.get(&path) {
                    images.insert(slot.handle.id(), image)?;
                }
            }
            // The mount stays empty; the page stays up.
            Err(error) => {
                warn!(file = %path.display(), %error, "picture cannot be opened");
                if let DecodeError::Read(ReadError::Damaged { blob, .. }) = error {
                    damaged.write(PictureDamaged(blob));
                }
            }
        }
    }
    Ok(())
}

/// Forgets pictures that no page shows, the longest unused first, until what is kept is within the limit.
fn let_go(pictures: Res<Pictures>) {
    let mut slots = pictures.slots();
    let mut unused: Vec<(u64, usize, PathBuf)> = slots
        .open
        .iter()
        .filter(|(_, slot)| matches!(&slot.handle, Handle::Strong(strong) if Arc::strong_count(strong) == 1))
        .map(|(path, slot)| (slot.used_at, slot.bytes, path.clone()))
        .collect();
    let mut bytes: usize = unused.iter().map(|(_, bytes, _)| bytes).sum();
    unused.sort();
    for (_, size, path) in unused {
        if bytes <= UNUSED_BYTES_MAX {
            break;
        }
        bytes -= size;
        slots.open.remove(&path);
    }
}

/// Opens a file that the build made. The limits hold all the same: the disk may have changed it.
fn decode(release: &OpenRelease, file: &str) -> Result<Image, DecodeError> {
    Ok(image_from_bytes(release.read(file)?)?)
}

/// Every photograph comes without alpha. The library's own conversion, which minds colour spaces, takes longer than the
/// decoding before it.
fn with_alpha(picture: DynamicImage) -> RgbaImage {
    match picture {
        DynamicImage::ImageRgb8(picture) => {
            let (width, height) = picture.dimensions();
            let mut pixels = Vec::with_capacity(width as usize * height as usize * 4);
            pixels.extend(picture.as_raw().as_chunks().0.iter().flat_map(|&[red, green, blue]| [red, green, blue, 255]));
            RgbaImage::from_raw(width, height, pixels).unwrap_or_default()
        }
        other => other.into_rgba8(),
    }
}

/// Decodes a picture into a texture.
///
/// # Errors
/// When it is no picture, or larger than a texture may be.
pub(crate) fn image_from_bytes(bytes: Vec<u8>) -> Result<Image, image::ImageError> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(image::ImageError::IoError)?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(TEXTURE_EDGE_PX_MAX);
    limits.max_image_height = Some(TEXTURE_EDGE_PX_MAX);
    limits.max_alloc = Some(u64::from(TEXTURE_EDGE_PX_MAX) * u64::from(TEXTURE_EDGE_PX_MAX) * 4);
    reader.limits(limits);
    let picture = with_alpha(reader.decode()?);
    let (width, height) = picture.dimensions();
    Ok(Image::new(
        Extent3d { width, height, depth_or_array_layers: 1 },
        TextureDimension::D2,
        picture.into_raw(),
        TextureFormat::Rgba8UnormSrgb,
        // The copy in main memory goes as soon as the texture exists.
        RenderAssetUsages::RENDER_WORLD,
    ))
}

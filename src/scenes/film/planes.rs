//! Frames on their way to the glass: one texture per plane, converted to colours in a shader.
//!
//! Textures are made once per size and written in place: a changed `Image` would rebuild its view and every bind group on
//! each frame. Bytes go through a small ring of mapped buffers, because `Queue::write_texture` allocates for each call.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bevy::{
    asset::{RenderAssetUsages, uuid_handle},
    prelude::*,
    render::{
        ExtractSchedule, GpuResourceAppExt, MainWorld, Render, RenderApp, RenderSystems,
        render_asset::RenderAssets,
        render_resource::{
            AsBindGroup, Buffer, BufferDescriptor, BufferUsages, CommandEncoderDescriptor, Extent3d, MapMode, ShaderType,
            TexelCopyBufferInfo, TexelCopyBufferLayout, TextureDimension, TextureFormat, TextureUsages,
        },
        renderer::{RenderDevice, RenderQueue},
        texture::GpuImage,
    },
    shader::ShaderRef,
};
use pingfeng_media::film::{ColourMatrix, ColourRange, Frame, PixelFormat};

/// Frames that may be on their way to the GPU at once.
const RING_SLOTS_MAX: usize = 3;
/// Pictures of the screen for which a frame waits for its textures.
const TRIES_MAX: u32 = 8;
/// Rows of a copy from a buffer begin at multiples of this.
const ROW_ALIGNMENT: u32 = 256;

const SHADER: Handle<Shader> = uuid_handle!("5c0b7a52-8d0e-4a6f-9a63-0b7f0f3f6f11");

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(UiMaterialPlugin::<FilmMaterial>::default()).init_resource::<FilmUploads>();
    let source = include_str!("../../../assets/shaders/film.wgsl");
    // A handle with a fixed id always takes an asset.
    app.world_mut().resource_mut::<Assets<Shader>>().insert(&SHADER, Shader::from_wgsl(source, "shaders/film.wgsl")).ok();
    // Absent in tests without a renderer.
    if let Some(render) = app.get_sub_app_mut(RenderApp) {
        render
            .init_resource::<Waiting>()
            .init_gpu_resource::<Ring>()
            .add_systems(ExtractSchedule, take_frames)
            .add_systems(Render, write_planes.in_set(RenderSystems::PrepareResources));
    }
}

/// How a film's planes become colours.
#[derive(Asset, AsBindGroup, TypePath, Clone, Debug)]
pub(crate) struct FilmMaterial {
    #[uniform(0)]
    colours: FilmColours,
    #[texture(1)]
    #[sampler(2)]
    luma: Handle<Image>,
    #[texture(3)]
    chroma_u: Handle<Image>,
    #[texture(4)]
    chroma_v: Handle<Image>,
}

impl UiMaterial for FilmMaterial {
    fn fragment_shader() -> ShaderRef {
        SHADER.into()
    }
}

/// Rows of a matrix from (Y, U, V, 1), each 0 to 1 as sampled, to red, green and blue, 0 to 1 as coded.
#[derive(Clone, Copy, Debug, PartialEq, ShaderType)]
struct FilmColours {
    red: Vec4,
    green: Vec4,
    blue: Vec4,
    layout: Vec4,
}

impl FilmColours {
    fn new(format: PixelFormat, matrix: ColourMatrix, range: ColourRange) -> Self {
        // ITU-R BT.601 and BT.709: weights of red and blue in luma.
        let (kr, kb) = match matrix {
            ColourMatrix::Bt601 => (0.299, 0.114),
            ColourMatrix::Bt709 => (0.2126, 0.0722),
        };
        let kg = 1.0 - kr - kb;
        let (y_scale, y_from, c_scale) = match range {
            ColourRange::Limited => (255.0 / 219.0, 16.0 / 255.0, 255.0 / 224.0),
            ColourRange::Full => (1.0, 0.0, 1.0),
        };
        let c_from = 128.0 / 255.0;
        let row = |u: f32, v: f32| {
            let (u, v) = (u * c_scale, v * c_scale);
            Vec4::new(y_scale, u, v, -y_scale * y_from - (u + v) * c_from)
        };
        Self {
            red: row(0.0, 2.0 * (1.0 - kr)),
            green: row(-2.0 * kb * (1.0 - kb) / kg, -2.0 * kr * (1.0 - kr) / kg),
            blue: row(2.0 * (1.0 - kb), 0.0),
            layout: Vec4::new(if format == PixelFormat::Nv12 { 1.0 } else { 0.0 }, 0.0, 0.0, 0.0),
        }
    }
}

/// The textures of one film. Dropped with it.
#[derive(Debug)]
pub(super) struct Planes {
    shape: (u32, u32, PixelFormat, ColourMatrix, ColourRange),
    textures: Vec<Handle<Image>>,
    pub(super) material: Handle<FilmMaterial>,
    /// Width divided by height, as it is to be seen.
    pub(super) aspect: f32,
}

impl Planes {
    /// Textures that take `frame`.
    pub(super) fn new(frame: &Frame, images: &mut Assets<Image>, materials: &mut Assets<FilmMaterial>) -> Self {
        let textures: Vec<_> = (0..frame.format.planes())
            .map(|index| {
                let (width, height, bytes) = frame.format.plane_size(index, frame.width, frame.height);
                let format = if bytes == 2 { TextureFormat::Rg8Unorm } else { TextureFormat::R8Unorm };
                let size = Extent3d { width, height, depth_or_array_layers: 1 };
                let mut image = Image::new_uninit(size, TextureDimension::D2, format, RenderAssetUsages::RENDER_WORLD);
                image.texture_descriptor.usage = TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST;
                images.add(image)
            })
            .collect();
        let material = materials.add(FilmMaterial {
            colours: FilmColours::new(frame.format, frame.matrix, frame.range),
            luma: textures[0].clone(),
            chroma_u: textures[1].clone(),
            // Interleaved chroma has no third plane; the shader then reads both from the second.
            chroma_v: textures.last().unwrap_or(&textures[1]).clone(),
        });
        let aspect = frame.width as f32 * frame.pixel_aspect / frame.height as f32;
        Self { shape: shape(frame), textures, material, aspect }
    }

    /// True if `frame` fits these textures and colours. A film may change both at any frame.
    pub(super) fn fit(&self, frame: &Frame) -> bool {
        self.shape == shape(frame)
    }

    /// Sends a frame to the GPU with the next picture of the screen.
    pub(super) fn show(&self, frame: Frame, uploads: &mut FilmUploads) {
        let ids = self.textures.iter().map(Handle::id).collect::<Vec<_>>();
        uploads.0.insert(ids[0], Upload { textures: ids, frame, tries: 0 });
    }
}

fn shape(frame: &Frame) -> (u32, u32, PixelFormat, ColourMatrix, ColourRange) {
    (frame.width, frame.height, frame.format, frame.matrix, frame.range)
}

/// The newest frame of each film, by its first texture.
#[derive(Resource, Debug, Default)]
pub(super) struct FilmUploads(HashMap<AssetId<Image>, Upload>);

#[derive(Debug)]
struct Upload {
    textures: Vec<AssetId<Image>>,
    frame: Frame,
    tries: u32,
}

/// Frames whose textures do not exist yet, or that came this moment. The newest wins.
#[derive(Resource, Default)]
struct Waiting(HashMap<AssetId<Image>, Upload>);

fn take_frames(mut main: ResMut<MainWorld>, mut waiting: ResMut<Waiting>) {
    if let Some(mut uploads) = main.get_resource_mut::<FilmUploads>() {
        waiting.0.extend(uploads.0.drain());
    }
}

/// Buffers that are mapped, being read by the GPU, or being mapped again.
#[derive(Resource, Default)]
struct Ring(Vec<Slot>);

struct Slot {
    buffer: Buffer,
    size_bytes: u64,
    mapped: Arc<AtomicBool>,
}

fn write_planes(
    mut waiting: ResMut<Waiting>,
    mut ring: ResMut<Ring>,
    images: Res<RenderAssets<GpuImage>>,
    device: Res<RenderDevice>,
    queue: Res<RenderQueue>,
) {
    waiting.0.retain(|_, upload| {
        let textures: Vec<_> = upload.textures.iter().filter_map(|id| images.get(*id)).collect();
        if textures.len() < upload.textures.len() {
            // Not made yet – or already gone, with the film: then nothing will ever take this frame.
            upload.tries += 1;
            return upload.tries < TRIES_MAX;
        }
        if !write(&upload.frame, &textures, &mut ring, &device, &queue) {
            write_slowly(&upload.frame, &textures, &queue);
        }
        false
    });
}

fn write(frame: &Frame, textures: &[&GpuImage], ring: &mut Ring, device: &RenderDevice, queue: &RenderQueue) -> bool {
    // Where each plane begins, and from row to row.
    let mut places = Vec::with_capacity(textures.len());
    let mut size_bytes = 0u64;
    for index in 0..textures.len() {
        let Some(plane) = frame.plane(index) else { return true };
        let row_bytes = (plane.width * plane.texel_bytes).next_multiple_of(ROW_ALIGNMENT);
        places.push((size_bytes, row_bytes));
        size_bytes += u64::from(row_bytes) * u64::from(plane.height);
    }
    // A film of another size has gone: so may its buffers.
    ring.0.retain(|slot| slot.size_bytes == size_bytes || !slot.mapped.load(Ordering::Acquire));
    let free = ring.0.iter().position(|slot| slot.size_bytes == size_bytes && slot.mapped.load(Ordering::Acquire));
    let index = match free {
        Some(index) => index,
        None if ring.0.len() < RING_SLOTS_MAX => {
            let buffer = device.create_buffer(&BufferDescriptor {
                label: Some("film planes"),
                size: size_bytes,
                usage: BufferUsages::MAP_WRITE | BufferUsages::COPY_SRC,
                mapped_at_creation: true,
            });
            ring.0.push(Slot { buffer, size_bytes, mapped: Arc::new(AtomicBool::new(true)) });
            ring.0.len() - 1
        }
        None => return false,
    };
    let slot = &ring.0[index];
    {
        let mut view = slot.buffer.slice(..).get_mapped_range_mut();
        for (index, (start, row_bytes)) in places.iter().enumerate() {
            let Some(plane) = frame.plane(index) else { continue };
            let texel_row = (plane.width * plane.texel_bytes) as usize;
            for (row, bytes) in plane.bytes.chunks(plane.stride as usize).take(plane.height as usize).enumerate() {
                // Buffers of more than 4 GiB do not exist here: a frame's side is at most FRAME_SIDE_MAX.
                let at = *start as usize + row * *row_bytes as usize;
                view.slice(at..at + texel_row).copy_from_slice(&bytes[..texel_row]);
            }
        }
    }
    slot.buffer.unmap();
    slot.mapped.store(false, Ordering::Release);
    let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor { label: Some("film planes") });
    for (gpu, (start, row_bytes)) in textures.iter().zip(&places) {
        encoder.copy_buffer_to_texture(
            TexelCopyBufferInfo {
                buffer: &slot.buffer,
                layout: TexelCopyBufferLayout { offset: *start, bytes_per_row: Some(*row_bytes), rows_per_image: None },
            },
            gpu.texture.as_image_copy(),
            gpu.texture_descriptor.size,
        );
    }
    queue.submit([encoder.finish()]);
    let mapped = slot.mapped.clone();
    slot.buffer.slice(..).map_async(MapMode::Write, move |outcome| mapped.store(outcome.is_ok(), Ordering::Release));
    true
}

/// When every buffer of the ring is on its way: once in a while, and never lost.
fn write_slowly(frame: &Frame, textures: &[&GpuImage], queue: &RenderQueue) {
    for (index, gpu) in textures.iter().enumerate() {
        let Some(plane) = frame.plane(index) else { continue };
        let layout = TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(plane.stride), rows_per_image: None };
        queue.write_texture(gpu.texture.as_image_copy(), plane.bytes, layout, gpu.texture_descriptor.size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(matrix: ColourMatrix, range: ColourRange, yuv: [f32; 3], rgb: [f32; 3]) {
        let colours = FilmColours::new(PixelFormat::I420, matrix, range);
        let sampled = Vec4::new(yuv[0] / 255.0, yuv[1] / 255.0, yuv[2] / 255.0, 1.0);
        let got = [colours.red, colours.green, colours.blue].map(|row| row.dot(sampled) * 255.0);
        for (got, expected) in got.iter().zip(rgb) {
            assert!((got - expected).abs() < 2.0, "{matrix:?} {range:?} {yuv:?}: {got:?}, expected {rgb:?}");
        }
    }

    #[test]
    fn colours_follow_matrix_and_range() {
        use ColourMatrix::*;
        use ColourRange::*;
        // Values of the standards' colour bars.
        check(Bt709, Limited, [16.0, 128.0, 128.0], [0.0, 0.0, 0.0]);
        check(Bt709, Limited, [235.0, 128.0, 128.0], [255.0, 255.0, 255.0]);
        check(Bt709, Limited, [63.0, 102.0, 240.0], [255.0, 0.0, 0.0]);
        check(Bt709, Limited, [173.0, 42.0, 26.0], [0.0, 255.0, 0.0]);
        check(Bt709, Limited, [32.0, 240.0, 118.0], [0.0, 0.0, 255.0]);
        check(Bt601, Limited, [81.0, 90.0, 240.0], [255.0, 0.0, 0.0]);
        check(Bt601, Limited, [145.0, 54.0, 34.0], [0.0, 255.0, 0.0]);
        check(Bt601, Full, [76.0, 85.0, 255.0], [255.0, 0.0, 0.0]);
        check(Bt601, Full, [0.0, 128.0, 128.0], [0.0, 0.0, 0.0]);
    }
}

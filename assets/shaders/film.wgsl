// A film's planes, as the decoder left them, become the colours of the page.
#import bevy_ui::ui_vertex_output::UiVertexOutput

struct Film {
    // R, G and B from Y, U, V and 1: matrix and range in one.
    red: vec4<f32>,
    green: vec4<f32>,
    blue: vec4<f32>,
    // x: 1 where U and V share a plane.
    planes: vec4<f32>,
}

@group(1) @binding(0) var<uniform> film: Film;
@group(1) @binding(1) var luma: texture_2d<f32>;
@group(1) @binding(2) var smooth_sampler: sampler;
@group(1) @binding(3) var chroma_u: texture_2d<f32>;
@group(1) @binding(4) var chroma_v: texture_2d<f32>;

// The page is drawn in linear light; films are coded for a display.
fn to_linear(coded: vec3<f32>) -> vec3<f32> {
    let low = coded / 12.92;
    let high = pow((coded + 0.055) / 1.055, vec3<f32>(2.4));
    return select(high, low, coded <= vec3<f32>(0.04045));
}

@fragment
fn fragment(in: UiVertexOutput) -> @location(0) vec4<f32> {
    let y = textureSample(luma, smooth_sampler, in.uv).r;
    let first = textureSample(chroma_u, smooth_sampler, in.uv).rg;
    let second = textureSample(chroma_v, smooth_sampler, in.uv).r;
    let v = select(second, first.g, film.planes.x > 0.5);
    let yuv = vec4<f32>(y, first.r, v, 1.0);
    let coded = vec3<f32>(dot(film.red, yuv), dot(film.green, yuv), dot(film.blue, yuv));
    return vec4<f32>(to_linear(clamp(coded, vec3<f32>(0.0), vec3<f32>(1.0))), 1.0);
}

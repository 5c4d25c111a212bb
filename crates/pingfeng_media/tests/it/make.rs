//! Makes films whose frames know their own number.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use gstreamer::{self as gst, prelude::*};
use gstreamer_app as gst_app;
use pingfeng_media::film::{Frame, scripted::Script};

/// One film at a time: the tests count this process's threads, and two cores decode one film well.
pub(crate) fn one_at_a_time() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A container and the codecs in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Mp4,
    /// MP4 with its index in front.
    Mp4Fast,
    WebM,
    Ogg,
}

pub(crate) const KINDS: [Kind; 4] = [Kind::Mp4, Kind::Mp4Fast, Kind::WebM, Kind::Ogg];

impl Kind {
    fn video(self) -> &'static str {
        match self {
            // A key frame every 12, so that exact seeks must decode their way.
            Kind::Mp4 | Kind::Mp4Fast => "x264enc tune=zerolatency speed-preset=ultrafast quantizer=8 pass=quant key-int-max=12 ! video/x-h264,profile=constrained-baseline",
            Kind::WebM => "vp8enc deadline=1 target-bitrate=4000000 keyframe-max-dist=12",
            Kind::Ogg => "theoraenc quality=56 keyframe-auto=false keyframe-freq=8 keyframe-force=8",
        }
    }

    fn mux(self) -> &'static str {
        match self {
            Kind::Mp4 => "mp4mux",
            Kind::Mp4Fast => "mp4mux faststart=true",
            Kind::WebM => "webmmux",
            Kind::Ogg => "oggmux",
        }
    }

    fn audio(self) -> &'static str {
        match self {
            Kind::Mp4 | Kind::Mp4Fast => "avenc_aac",
            Kind::WebM | Kind::Ogg => "vorbisenc",
        }
    }
}

/// A script with cells wide enough to survive any codec.
pub(crate) fn script(width: u32, height: u32) -> Script {
    Script { width, height, ..Script::default() }
}

/// Writes `frames` frames of `script` at 25 fps, with a tone if `sound`.
pub(crate) fn film(folder: &Path, kind: Kind, script: &Script, frames: u32, sound: bool) -> PathBuf {
    gst::init().unwrap();
    let path = folder.join(format!("film-{kind:?}-{}x{}-{frames}-{sound}", script.width, script.height));
    let (video, mux) = (kind.video(), kind.mux());
    // 44100 / 25 samples of sound for every frame.
    let tone = match sound {
        true => format!(
            "audiotestsrc num-buffers={frames} samplesperbuffer=1764 ! audio/x-raw,rate=44100,channels=1 ! audioconvert ! {} ! queue ! mux.",
            kind.audio()
        ),
        false => String::new(),
    };
    let line = format!(
        "appsrc name=src format=time block=true max-bytes=4000000 ! videoconvert ! {video} ! queue ! {mux} name=mux ! filesink location=\"{}\" {tone}",
        path.display()
    );
    let pipeline = gst::parse::launch(&line).unwrap().downcast::<gst::Pipeline>().unwrap();
    let source = pipeline.by_name("src").unwrap().downcast::<gst_app::AppSrc>().unwrap();
    let caps = gst::Caps::builder("video/x-raw")
        .field("format", "I420")
        .field("width", script.width as i32)
        .field("height", script.height as i32)
        .field("framerate", gst::Fraction::new(25, 1))
        .build();
    source.set_caps(Some(&caps));
    pipeline.set_state(gst::State::Playing).unwrap();
    let info = gstreamer_video::VideoInfo::from_caps(&caps).unwrap();
    for number in 0..frames {
        let frame = script.frame_at(script.frame * number);
        source.push_buffer(buffer(&info, &frame)).unwrap();
    }
    source.end_of_stream().unwrap();
    wait_for_end(&pipeline);
    path
}

/// Sound without a picture, in an MP4.
pub(crate) fn sound_only(folder: &Path) -> PathBuf {
    gst::init().unwrap();
    let path = folder.join("sound-only.mp4");
    let line = format!(
        "audiotestsrc num-buffers=40 ! audioconvert ! avenc_aac ! mp4mux ! filesink location=\"{}\"",
        path.display()
    );
    let pipeline = gst::parse::launch(&line).unwrap().downcast::<gst::Pipeline>().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    wait_for_end(&pipeline);
    path
}

fn wait_for_end(pipeline: &gst::Pipeline) {
    let kinds = [gst::MessageType::Eos, gst::MessageType::Error];
    let message = pipeline.bus().unwrap().timed_pop_filtered(gst::ClockTime::from_seconds(60), &kinds);
    pipeline.set_state(gst::State::Null).unwrap();
    match message.as_ref().map(|message| message.view()) {
        Some(gst::MessageView::Eos(_)) => {}
        other => panic!("the film was not written: {other:?}"),
    }
}

/// A buffer with GStreamer's own strides, whatever the frame's are.
fn buffer(info: &gstreamer_video::VideoInfo, frame: &Frame) -> gst::Buffer {
    let mut buffer = gst::Buffer::with_size(info.size()).unwrap();
    {
        let buffer = buffer.get_mut().unwrap();
        buffer.set_pts(gst::ClockTime::from_nseconds(frame.pts.as_nanos() as u64));
        buffer.set_duration(frame.lasts.map(|lasts| gst::ClockTime::from_nseconds(lasts.as_nanos() as u64)));
        for index in 0..3 {
            let packed = frame.packed(index).unwrap();
            let (width, height, _) = frame.format.plane_size(index, frame.width, frame.height);
            for row in 0..height as usize {
                let at = info.offset()[index] + row * info.stride()[index] as usize;
                let row = &packed[row * width as usize..(row + 1) * width as usize];
                buffer.copy_from_slice(at, row).unwrap();
            }
        }
    }
    buffer
}

/// The number that a frame carries along its top.
pub(crate) fn number_of(frame: &Frame) -> u32 {
    (0..32).fold(0, |number, cell| {
        let x = (cell * 2 + 1) * frame.width / 64;
        let bright = frame.luma_at(x, frame.height / 16).unwrap() > 125;
        number << 1 | u32::from(bright)
    })
}

pub(crate) const FRAME: Duration = Duration::from_millis(40);

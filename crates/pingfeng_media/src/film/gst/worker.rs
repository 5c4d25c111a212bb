//! The thread that owns a film's pipeline, from opening to taking it down.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use gstreamer::{self as gst, prelude::*};
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;

use super::{Place, faults, shared::Shared};
use crate::film::{
    Audio, FRAME_SIDE_MAX, FilmError, FilmState, Frame, OPEN_TIMEOUT, STALL_TIMEOUT, Seek,
};

/// How often the worker looks whether time still moves.
const TICK: Duration = Duration::from_millis(500);
/// A film whose pictures end this long before its stated end was cut off. Generous, because the sound may go on for a
/// moment after the last picture.
const CUT_OFF_MIN: Duration = Duration::from_secs(5);

/// Runs until the film is closed. `place` is given back when the pipeline has gone.
pub(super) fn run(shared: &Arc<Shared>, audio: Audio, place: Place) {
    let mut audio = audio;
    let mut resume = None;
    while let Ending::RestartSilently(at) = play(shared, audio, resume) {
        tracing::warn!(film.path = %shared.path.display(), "film.sound lost; the film goes on silently");
        audio = Audio::Silent;
        resume = Some(at);
    }
    drop(place);
    shared.update(|inner| {
        inner.bus = None;
        inner.gone = true;
    });
}

enum Ending {
    Closed,
    /// The sound device failed; the film stood here.
    RestartSilently(Duration),
}

fn play(shared: &Arc<Shared>, audio: Audio, resume: Option<Duration>) -> Ending {
    let pipeline = match build(shared, audio) {
        Ok(pipeline) => pipeline,
        Err(error) => {
            // There is no pipeline to own: the failed film needs no thread.
            shared.update(|inner| inner.state = FilmState::Failed(error));
            return Ending::Closed;
        }
    };
    let Some(bus) = pipeline.bus() else {
        let error = FilmError::Engine { detail: "the pipeline has no bus".to_owned() };
        shared.update(|inner| inner.state = FilmState::Failed(error));
        return Ending::Closed;
    };
    shared.update(|inner| {
        inner.bus = Some(bus.clone());
        inner.wants_preroll = true;
        if let Some(at) = resume {
            inner.wishes.seek.get_or_insert((at, Seek::Exact));
        }
    });
    let mut worker = Worker {
        shared,
        audio,
        pipeline: &pipeline,
        settled: false,
        opened: false,
        backed_off: 0,
        playing: false,
        ended: false,
        rate: 1.0,
        volume: f64::NAN,
        mute: false,
        waited: Duration::ZERO,
        moved_to: Duration::ZERO,
    };
    worker.set_volume();
    let ending = match pipeline.set_state(gst::State::Paused) {
        // The reason, if any, waits on the bus.
        Ok(_) | Err(_) => worker.follow(&bus),
    };
    bus.set_flushing(true);
    // Waits until every streaming thread has gone: the reason why this is a thread of its own.
    lower(&pipeline, gst::State::Null);
    ending
}

/// Takes a pipeline down to `state`.
///
/// `playbin` (1.22) holds streams back until it knows all of them. When a film fails before that, it stops the decoders
/// while one of them waits behind such a barrier, and both wait for each other for ever. A flush passes the barriers and
/// sends back whoever waits at one.
fn lower(pipeline: &gst::Element, state: gst::State) {
    if let Some(bin) = pipeline.dynamic_cast_ref::<gst::Bin>() {
        let mut elements = bin.iterate_recurse();
        // Elements may come while they are looked through: then from the beginning.
        loop {
            match elements.next() {
                Ok(Some(element)) => {
                    for pad in element.src_pads() {
                        pad.push_event(gst::event::FlushStart::new());
                    }
                }
                Err(gst::IteratorError::Resync) => elements.resync(),
                Ok(None) | Err(gst::IteratorError::Error) => break,
            }
        }
    }
    pipeline.set_state(state).ok();
}

struct Worker<'a> {
    shared: &'a Arc<Shared>,
    audio: Audio,
    pipeline: &'a gst::Element,
    /// No state change or seek is under way. Seeks are issued only then: one at a time, the newest wish wins.
    settled: bool,
    opened: bool,
    /// How often the present seek was tried again earlier.
    backed_off: usize,
    playing: bool,
    ended: bool,
    rate: f64,
    volume: f64,
    mute: bool,
    /// Ticks without progress, as time.
    waited: Duration,
    moved_to: Duration,
}

impl Worker<'_> {
    fn follow(&mut self, bus: &gst::Bus) -> Ending {
        loop {
            // Before waiting too: a wish may be older than the bus that would have announced it.
            if self.shared.lock().wishes.close {
                return Ending::Closed;
            }
            let timeout = self.deadline_runs().then(|| gst::ClockTime::from_nseconds(TICK.as_nanos() as u64));
            let message = bus.timed_pop(timeout);
            if self.shared.lock().wishes.close {
                return Ending::Closed;
            }
            // Two statements: the lock must be free again before the fault is told.
            let fault = self.shared.lock().fault.take();
            if let Some(fault) = fault {
                self.fail(fault);
            }
            match message {
                Some(message) => {
                    if let Some(ending) = self.hear(&message) {
                        return ending;
                    }
                }
                None => self.watch_deadline(),
            }
            self.grant();
        }
    }

    fn failed(&self) -> bool {
        matches!(self.shared.lock().state, FilmState::Failed(_))
    }

    fn deadline_runs(&self) -> bool {
        !self.failed() && (!self.settled || (self.playing && !self.ended))
    }

    fn fail(&self, error: FilmError) {
        // The first fault is the cause, the later ones its echoes.
        if self.failed() {
            return;
        }
        tracing::warn!(film.path = %self.shared.path.display(), film.fault = error.code(), "{error}");
        // Decoding stops at once; the frame on show is the screen's and stays.
        self.shared.update(|inner| inner.state = FilmState::Failed(error));
        lower(self.pipeline, gst::State::Ready);
    }

    fn hear(&mut self, message: &gst::Message) -> Option<Ending> {
        use gst::MessageView;
        match message.view() {
            MessageView::Error(error) => {
                if self.audio != Audio::Silent && self.from_sound_device(message) && !self.failed() {
                    return Some(Ending::RestartSilently(self.shared.position()));
                }
                self.fail(faults::from_error(&self.shared.path, error));
            }
            MessageView::Element(element) => {
                if let Some(structure) = element.structure()
                    && structure.name() == "missing-plugin"
                    && let Some(fault) = faults::from_missing_plugin(structure)
                {
                    self.fail(fault);
                }
            }
            MessageView::Tag(tag) => self.read_tags(&tag.tags()),
            MessageView::AsyncDone(_) => self.settle(),
            MessageView::DurationChanged(_) => self.read_duration(),
            MessageView::Eos(_) => self.end(),
            _ => {}
        }
        None
    }

    fn from_sound_device(&self, message: &gst::Message) -> bool {
        let Some(sink) = self.pipeline.property::<Option<gst::Element>>("audio-sink") else { return false };
        message.src().is_some_and(|source| source == &sink || source.has_as_ancestor(&sink))
    }

    fn read_tags(&self, tags: &gst::TagList) {
        let video = tags.get::<gst::tags::VideoCodec>().map(|codec| codec.get().to_owned());
        let audio = tags.get::<gst::tags::AudioCodec>().map(|codec| codec.get().to_owned());
        let mut inner = self.shared.lock();
        inner.video_codec = video.or(inner.video_codec.take());
        inner.audio_codec = audio.or(inner.audio_codec.take());
    }

    fn read_duration(&self) {
        if let Some(duration) = self.pipeline.query_duration::<gst::ClockTime>() {
            self.shared.update(|inner| inner.duration = Some(duration.into()));
        }
    }

    /// The state change or seek under way is done.
    fn settle(&mut self) {
        self.settled = true;
        self.waited = Duration::ZERO;
        if self.shared.lock().wants_preroll && !self.failed() {
            return self.settle_without_picture();
        }
        self.backed_off = 0;
        if !self.opened {
            self.opened = true;
            self.read_duration();
        }
        self.shared.update(|inner| {
            inner.heading_for = None;
            if inner.state == FilmState::Opening {
                inner.state = FilmState::Prerolled;
            }
        });
    }

    /// Everything is in place but no frame came: the goal lies behind the last picture, where only sound goes on. Looks
    /// a little earlier, in growing steps, so that the end of a film is found and never an empty picture.
    fn settle_without_picture(&mut self) {
        const STEPS_MS: [u64; 5] = [40, 120, 500, 2000, 8000];
        let goal = self.shared.lock().heading_for;
        match (goal, STEPS_MS.get(self.backed_off)) {
            (Some(goal), Some(step)) if self.opened => {
                self.backed_off += 1;
                self.seek(goal.saturating_sub(Duration::from_millis(*step)), Seek::Exact, self.rate);
            }
            _ if self.pipeline.property::<i32>("n-video") == 0 => {
                self.fail(FilmError::NoVideo { path: self.shared.path.clone() });
            }
            _ => {
                let detail = "it has a picture track without pictures".to_owned();
                self.fail(FilmError::Damaged { path: self.shared.path.clone(), detail });
            }
        }
    }

    fn end(&mut self) {
        if self.failed() || self.ended {
            return;
        }
        // By the last picture: at its end a pipeline gives the stated length as its position.
        let reached = self.shared.lock().shown_until;
        let duration = self.shared.duration();
        // An end without a single frame settles nothing: there is nothing to show.
        if !self.opened {
            let detail = "it ends before its first picture".to_owned();
            return self.fail(FilmError::Damaged { path: self.shared.path.clone(), detail });
        }
        if let Some(duration) = duration
            && reached + CUT_OFF_MIN < duration
        {
            let detail =
                format!("it ends at {:.1} s of {:.1} s", reached.as_secs_f64(), duration.as_secs_f64());
            return self.fail(FilmError::Damaged { path: self.shared.path.clone(), detail });
        }
        self.ended = true;
        // A seek to the very end prerolls nothing, so that no other message will settle it.
        self.settled = true;
        self.shared.update(|inner| {
            inner.heading_for = None;
            inner.state = FilmState::Ended;
        });
    }

    /// One tick has passed in silence.
    fn watch_deadline(&mut self) {
        self.waited += TICK;
        if !self.settled {
            if self.waited >= OPEN_TIMEOUT {
                let path = self.shared.path.clone();
                // playbin now and then loses the error of a container that it cannot read, and waits.
                self.fail(if self.opened || self.shared.lock().decoding {
                    FilmError::OpenTimeout { path, after: OPEN_TIMEOUT }
                } else {
                    FilmError::Damaged { path, detail: format!("nothing in it could be read as pictures within {} s", OPEN_TIMEOUT.as_secs()) }
                });
            }
            return;
        }
        let position = self.pipeline.query_position::<gst::ClockTime>().map_or(Duration::ZERO, Duration::from);
        if position != self.moved_to {
            self.moved_to = position;
            self.waited = Duration::ZERO;
        } else if self.waited >= STALL_TIMEOUT {
            let path = self.shared.path.clone();
            self.fail(FilmError::Stalled { path, after: STALL_TIMEOUT, at: position });
        }
    }

    /// Carries out what the screen wants, as far as it is possible now.
    fn grant(&mut self) {
        self.set_volume();
        if !self.settled || self.failed() {
            return;
        }
        let (seek, rate, play) = {
            let mut inner = self.shared.lock();
            let seek = inner.wishes.seek.take();
            if let Some((to, _)) = seek {
                inner.heading_for = Some(to);
            }
            (seek, inner.wishes.rate, inner.wishes.play)
        };
        if seek.is_some() || rate != self.rate {
            let (to, how) = seek.unwrap_or_else(|| (self.shared.position(), Seek::Exact));
            self.seek(to, how, rate);
        }
        if self.settled && self.ended {
            return;
        }
        if play != self.playing {
            let state = if play { gst::State::Playing } else { gst::State::Paused };
            match self.pipeline.set_state(state) {
                // Pausing makes the sink preroll again; that frame is not due yet and is not shown.
                Ok(change) => self.settled = change != gst::StateChangeSuccess::Async,
                Err(_) => {
                    let detail = "it cannot change between playing and paused".to_owned();
                    return self.fail(FilmError::Damaged { path: self.shared.path.clone(), detail });
                }
            }
            self.playing = play;
            self.waited = Duration::ZERO;
        }
        let ended = self.ended;
        self.shared.update(|inner| {
            if ended || matches!(inner.state, FilmState::Opening | FilmState::Failed(_)) {
                return;
            }
            inner.state = match (play, &inner.state) {
                (true, _) => FilmState::Playing,
                (false, FilmState::Prerolled) => FilmState::Prerolled,
                (false, _) => FilmState::Paused,
            };
        });
    }

    fn seek(&mut self, to: Duration, how: Seek, rate: f64) {
        let to = match self.shared.duration() {
            // At the very end there is no frame to show: the last one is just before.
            Some(duration) => to.min(duration.saturating_sub(Duration::from_millis(1))),
            None => to,
        };
        let flags = gst::SeekFlags::FLUSH
            | match how {
                Seek::Exact => gst::SeekFlags::ACCURATE,
                Seek::Nearest => gst::SeekFlags::KEY_UNIT | gst::SeekFlags::SNAP_NEAREST,
            };
        self.shared.update(|inner| {
            inner.wants_preroll = true;
            inner.frame = None;
            inner.shown = to;
            inner.heading_for.get_or_insert(to);
        });
        self.rate = rate;
        let start = gst::ClockTime::from_nseconds(u64::try_from(to.as_nanos()).unwrap_or(u64::MAX - 1));
        let none = gst::ClockTime::NONE;
        match self.pipeline.seek(rate, flags, gst::SeekType::Set, start, gst::SeekType::None, none) {
            Ok(()) => {
                self.settled = false;
                self.ended = false;
                self.waited = Duration::ZERO;
                self.shared.update(|inner| {
                    if inner.state == FilmState::Ended {
                        inner.state = FilmState::Paused;
                    }
                });
            }
            Err(_) => {
                tracing::warn!(film.path = %self.shared.path.display(), "film.seek refused; it plays on");
                self.shared.update(|inner| inner.heading_for = None);
            }
        }
    }

    fn set_volume(&mut self) {
        let (volume, mute) = {
            let inner = self.shared.lock();
            (inner.wishes.volume, inner.wishes.mute)
        };
        if volume != self.volume {
            self.pipeline.set_property("volume", volume);
            self.volume = volume;
        }
        if mute != self.mute {
            self.pipeline.set_property("mute", mute);
            self.mute = mute;
        }
    }
}

fn build(shared: &Arc<Shared>, audio: Audio) -> Result<gst::Element, FilmError> {
    let uri = gst::glib::filename_to_uri(&shared.path, None)
        .map_err(|error| FilmError::Unreadable { path: shared.path.clone(), detail: error.to_string() })?;
    // Not `playbin3`: its `parsebin` (1.22.0) follows a freed pointer when a film that is cut off is taken down.
    let pipeline = make("playbin")?;
    // Planes come as they are (native-video); text stays with the screen.
    pipeline.set_property_from_str("flags", "video+audio+soft-volume+native-video");
    pipeline.set_property("video-sink", video_sink(shared)?);
    let sound = match audio {
        Audio::Default => make("autoaudiosink")?,
        Audio::Silent => {
            let sink = make("fakesink")?;
            sink.set_property("sync", true);
            sink
        }
    };
    pipeline.set_property("audio-sink", sound);
    // Keeps the voice's pitch at other speeds. Without the plugin the pitch follows the speed.
    if let Ok(scaletempo) = gst::ElementFactory::make("scaletempo").build() {
        pipeline.set_property("audio-filter", scaletempo);
    }
    let weak = Arc::downgrade(shared);
    pipeline.connect("element-setup", false, move |values| {
        if let Some(element) = values.get(1).and_then(|value| value.get::<gst::Element>().ok()) {
            guard_decoder(&element, &weak);
        }
        None
    });
    pipeline.set_property("uri", uri.as_str());
    Ok(pipeline)
}

fn make(element: &'static str) -> Result<gst::Element, FilmError> {
    gst::ElementFactory::make(element).build().map_err(|_| FilmError::MissingPlugin {
        what: element.to_owned(),
        package: faults::package_for(element),
    })
}

/// `videoconvert ! appsink`: the converter passes 4:2:0 of 8 bits through untouched and only works for the rest.
fn video_sink(shared: &Arc<Shared>) -> Result<gst::Element, FilmError> {
    let on_sample = Arc::downgrade(shared);
    let on_preroll = Arc::downgrade(shared);
    let callbacks = gst_app::AppSinkCallbacks::builder()
        .new_sample(move |sink| {
            let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
            offer(&on_sample, &sample, false)
        })
        .new_preroll(move |sink| {
            let sample = sink.pull_preroll().map_err(|_| gst::FlowError::Eos)?;
            offer(&on_preroll, &sample, true)
        })
        .build();
    let caps = gst_video::VideoCapsBuilder::new()
        .format_list([gst_video::VideoFormat::Nv12, gst_video::VideoFormat::I420])
        .build();
    // Two buffers, the older one dropped: the newest frame wins, a slow screen never holds the decoder back.
    let sink = gst_app::AppSink::builder().caps(&caps).callbacks(callbacks).max_buffers(2).drop(true).build();
    if let Some(pad) = sink.static_pad("sink") {
        // With this meta accepted, decoders write with the strides they like instead of copying every frame.
        pad.add_probe(gst::PadProbeType::QUERY_DOWNSTREAM, |_, info| match info.query_mut().map(|query| query.view_mut()) {
            Some(gst::QueryViewMut::Allocation(query)) => {
                query.add_allocation_meta::<gst_video::VideoMeta>(None);
                gst::PadProbeReturn::Handled
            }
            _ => gst::PadProbeReturn::Ok,
        });
    }
    let convert = make("videoconvert")?;
    let bin = gst::Bin::new();
    let broken = |error: gst::glib::BoolError| FilmError::Engine { detail: error.to_string() };
    bin.add_many([&convert, sink.upcast_ref()]).map_err(broken)?;
    convert.link(&sink).map_err(broken)?;
    let pad = convert
        .static_pad("sink")
        .ok_or_else(|| FilmError::Engine { detail: "videoconvert has no sink pad".to_owned() })?;
    let ghost = gst::GhostPad::with_target(&pad).map_err(broken)?;
    bin.add_pad(&ghost).map_err(broken)?;
    Ok(bin.upcast())
}

/// Puts a frame where the screen finds it. Runs on a streaming thread.
fn offer(shared: &Weak<Shared>, sample: &gst::Sample, preroll: bool) -> Result<gst::FlowSuccess, gst::FlowError> {
    let shared = shared.upgrade().ok_or(gst::FlowError::Eos)?;
    let frame = to_frame(sample).ok_or(gst::FlowError::NotNegotiated)?;
    if preroll && !std::mem::take(&mut shared.lock().wants_preroll) {
        return Ok(gst::FlowSuccess::Ok);
    }
    shared.update(|inner| {
        inner.shown = frame.pts;
        inner.shown_until = frame.pts + frame.lasts.unwrap_or_default();
        inner.frame = Some(frame);
    });
    Ok(gst::FlowSuccess::Ok)
}

fn to_frame(sample: &gst::Sample) -> Option<Frame> {
    let info = gst_video::VideoInfo::from_caps(sample.caps()?).ok()?;
    let buffer = sample.buffer_owned()?;
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    let pts = buffer.pts().and_then(|pts| segment.to_stream_time(pts)).unwrap_or_default();
    let lasts = buffer.duration().map(Duration::from);
    let frame = gst_video::VideoFrame::from_buffer_readable(buffer, &info).ok()?;
    Frame::from_decoder(frame, pts.into(), lasts)
}

/// Refuses a picture size before a decoder allocates for it.
fn guard_decoder(element: &gst::Element, shared: &Weak<Shared>) {
    let class = element.factory().and_then(|factory| factory.metadata("klass").map(str::to_owned)).unwrap_or_default();
    if !(class.contains("Decoder") && class.contains("Video")) {
        return;
    }
    let Some(pad) = element.static_pad("sink") else { return };
    let shared = shared.clone();
    let (refused, begun) = (AtomicBool::new(false), AtomicBool::new(false));
    pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM | gst::PadProbeType::BUFFER, move |_, info| {
        if let Some(event) = info.event()
            && let gst::EventView::Caps(caps) = event.view()
            && let Some((width, height)) = size_of(caps.caps())
            && (width > FRAME_SIDE_MAX || height > FRAME_SIDE_MAX)
        {
            refused.store(true, Ordering::Relaxed);
            if let Some(shared) = shared.upgrade() {
                let path = shared.path.clone();
                shared.update(|inner| inner.fault = Some(FilmError::TooLarge { path, width, height }));
                // Nothing is wished for, but the worker looks for a fault when it wakes.
                shared.wish(|_| {});
            }
            return gst::PadProbeReturn::Drop;
        }
        if info.buffer().is_some()
            && !begun.swap(true, Ordering::Relaxed)
            && let Some(shared) = shared.upgrade()
        {
            shared.update(|inner| inner.decoding = true);
        }
        // What follows a refused size must not reach the decoder either.
        if refused.load(Ordering::Relaxed) && info.buffer().is_some() {
            return gst::PadProbeReturn::Drop;
        }
        gst::PadProbeReturn::Ok
    });
}

/// Width and height in caps, where both are stated.
fn size_of(caps: &gst::CapsRef) -> Option<(u32, u32)> {
    let structure = caps.structure(0)?;
    let side = |name: &str| structure.get::<i32>(name).ok().and_then(|side| u32::try_from(side).ok());
    Some((side("width")?, side("height")?))
}

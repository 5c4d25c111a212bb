//! What GStreamer reports, in words an operator or an author can act on.

use std::path::Path;

use gstreamer as gst;

use crate::film::FilmError;

/// The fault behind an error message of the pipeline.
pub(super) fn from_error(path: &Path, error: &gst::message::Error) -> FilmError {
    let said = error.error();
    if said.matches(gst::CoreError::MissingPlugin) || said.matches(gst::StreamError::CodecNotFound) {
        return missing(said.message(), "");
    }
    if said.matches(gst::ResourceError::NotFound) || said.matches(gst::ResourceError::OpenRead) {
        return FilmError::Unreadable { path: path.to_owned(), detail: said.message().to_owned() };
    }
    FilmError::Damaged { path: path.to_owned(), detail: said.message().to_owned() }
}

/// The fault behind a `missing-plugin` message; none if it is about sound or text, without which a film still plays.
pub(super) fn from_missing_plugin(message: &gst::StructureRef) -> Option<FilmError> {
    let kind = message.get::<String>("type").unwrap_or_default();
    let name = message.get::<String>("name").unwrap_or_default();
    let detail = match message.get::<gst::Caps>("detail") {
        Ok(caps) => caps.structure(0).map(|s| s.name().to_string()).unwrap_or_default(),
        Err(_) => message.get::<String>("detail").unwrap_or_default(),
    };
    if kind == "decoder" && !detail.starts_with("video/") && !detail.starts_with("image/") {
        return None;
    }
    let what = if name.is_empty() { detail.clone() } else { name };
    Some(missing(&what, &detail))
}

fn missing(what: &str, detail: &str) -> FilmError {
    FilmError::MissingPlugin { what: what.to_owned(), package: package_for(detail) }
}

/// The Debian 12 package that decodes a media type or has an element.
pub(super) fn package_for(detail: &str) -> &'static str {
    match detail {
        "video/x-theora" | "audio/x-vorbis" | "audio/x-opus" | "application/ogg" | "appsink" | "videoconvert" | "playbin"
        | "autodetect" => "gstreamer1.0-plugins-base",
        "video/x-vp8" | "video/x-vp9" | "video/quicktime" | "video/x-matroska" | "video/webm" | "scaletempo"
        | "autoaudiosink" => "gstreamer1.0-plugins-good",
        "video/x-av1" => "gstreamer1.0-plugins-bad",
        // H.264, H.265, MPEG-4, AAC and most of the rest.
        _ => "gstreamer1.0-libav",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing_plugin(kind: &str, detail: &str) -> Option<FilmError> {
        gst::init().unwrap();
        let message = gst::Structure::builder("missing-plugin")
            .field("type", kind)
            .field("name", format!("{detail} {kind}"))
            .field("detail", gst::Caps::new_empty_simple(detail))
            .build();
        from_missing_plugin(&message)
    }

    #[test]
    fn a_missing_picture_decoder_names_its_package() {
        let Some(FilmError::MissingPlugin { what, package }) = missing_plugin("decoder", "video/x-h264") else {
            panic!("expected a missing plugin")
        };
        assert_eq!(what, "video/x-h264 decoder");
        assert_eq!(package, "gstreamer1.0-libav");
        let Some(FilmError::MissingPlugin { package, .. }) = missing_plugin("decoder", "video/x-vp9") else {
            panic!("expected a missing plugin")
        };
        assert_eq!(package, "gstreamer1.0-plugins-good");
    }

    #[test]
    fn a_missing_sound_decoder_does_not_stop_a_film() {
        assert_eq!(missing_plugin("decoder", "audio/mpeg"), None);
    }
}

//! Films, sounds and captions, as far as a look at their bytes tells: is it what its name says, and is it whole? Whether
//! a decoder for the codec is there is the business of `pingfeng_media`.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use pingfeng_content::{
    Compilation, Finding, Findings, Lang, Mark, Media, MediaId, Severity, Text, captions::Captions,
};

use crate::folder::ExhibitionFolder;

/// Bytes of a caption file.
pub const CAPTIONS_BYTES_MAX: u64 = 1024 * 1024;
/// Bytes of the `moov` box of a film: two hours of short samples take about 10 MiB.
pub const MOOV_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Boxes on the top level of an MP4 file; a fragmented film has two for each second or so.
const TOP_BOXES_MAX: usize = 100_000;

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeProblem {
    zh: String,
    en: String,
}

fn problem(zh: impl Into<String>, en: impl Into<String>) -> ProbeProblem {
    ProbeProblem { zh: zh.into(), en: en.into() }
}

impl std::fmt::Display for ProbeProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.en)
    }
}

fn both(zh: impl Into<String>, en: impl Into<String>) -> Text {
    Text { zh: zh.into(), other: [(Lang::En, en.into())].into() }
}

/// Looks into every film, sound and caption file that exists. What is missing was reported with the documents.
pub fn probe_media(
    folder: &ExhibitionFolder,
    compilation: &Compilation,
    findings: &mut Findings,
) -> Result<(), (PathBuf, io::Error)> {
    let mut seen = BTreeSet::new();
    let mut captions = BTreeSet::new();
    for (id, media) in &compilation.media {
        let mut look = |id: &MediaId,
                        key: &str,
                        file: &str,
                        code: &str,
                        probe: fn(&mut File) -> io::Result<Option<ProbeProblem>>,
                        hint: Text| {
            let Some(path) = folder.filled_path_of(file) else {
                return Ok(());
            };
            if !seen.insert((path.clone(), code.to_owned())) {
                return Ok(());
            }
            let found = File::open(&path).and_then(|mut file| probe(&mut file)).map_err(|error| (path, error))?;
            if let Some(ProbeProblem { zh, en }) = found {
                let message = both(format!("`{file}` {zh}"), format!("`{file}` {en}"));
                findings.push(compilation.media_finding(id, key, Severity::Error, code, message, Some(hint)));
            }
            Ok(())
        };
        match media {
            Media::Picture(_) => {}
            Media::Film(film) => {
                let hint = both(
                    "用 H.264 视频、AAC 声音重新导出为 MP4，或导出为 WebM",
                    "export it again as MP4 with H.264 and AAC, or as WebM",
                );
                look(id, "file", &film.common.file, "film_broken", probe_film, hint)?;
                captions.extend(film.captions.values());
            }
            Media::Sound(sound) => {
                let hint = both("导出为 WAV 或 Ogg Vorbis", "export it as WAV or Ogg Vorbis");
                look(id, "file", &sound.common.file, "sound_broken", probe_sound, hint)?;
            }
        }
    }
    for file in captions {
        if let Some(path) = folder.filled_path_of(file) {
            probe_captions(file, &path, findings).map_err(|error| (path, error))?;
        }
    }
    Ok(())
}

/// MP4 with `ftyp`, `moov` and `mdat` of sane sizes, or WebM/Matroska with an EBML header.
pub fn probe_film(file: &mut File) -> io::Result<Option<ProbeProblem>> {
    let length = file.metadata()?.len();
    let mut head = [0_u8; 12];
    let read = read_up_to(file, &mut head)?;
    let head = &head[..read];
    if head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        return probe_matroska(file, length);
    }
    if head.get(4..8) != Some(b"ftyp") {
        return Ok(Some(problem("不是影片：既不是 MP4 也不是 WebM", "is not a film: neither MP4 nor WebM")));
    }
    probe_mp4(file, length)
}

fn read_up_to(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

fn probe_mp4(file: &mut File, length: u64) -> io::Result<Option<ProbeProblem>> {
    let cut_short = || Ok(Some(problem("不完整：文件在中途断了", "is not whole: the file ends in the middle")));
    let mut at = 0_u64;
    let (mut moov, mut samples) = (false, false);
    for _ in 0..TOP_BOXES_MAX {
        if at == length {
            break;
        }
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0_u8; 16];
        let read = read_up_to(file, &mut head)?;
        if read < 8 {
            return cut_short();
        }
        let kind = [head[4], head[5], head[6], head[7]];
        let size = match u32::from_be_bytes([head[0], head[1], head[2], head[3]]) {
            0 => length - at,
            1 if read == 16 => {
                u64::from_be_bytes([head[8], head[9], head[10], head[11], head[12], head[13], head[14], head[15]])
            }
            size => u64::from(size),
        };
        if size < 8 {
            return Ok(Some(problem(
                "损坏：有一段自称长度不足",
                "is damaged: a box claims to be shorter than its own head",
            )));
        }
        let Some(end) = at.checked_add(size).filter(|end| *end <= length) else {
            return cut_short();
        };
        match &kind {
            b"moov" => {
                if size > MOOV_BYTES_MAX {
                    return Ok(Some(problem(
                        format!("的索引有 {size} 字节，上限 {MOOV_BYTES_MAX} 字节"),
                        format!("has an index of {size} bytes, at most {MOOV_BYTES_MAX} are accepted"),
                    )));
                }
                moov = true;
                if let Some(found) = probe_boxes(file, at + (size - box_body(&head, size)), end, 0)? {
                    return Ok(Some(found));
                }
            }
            b"mdat" | b"moof" => samples = true,
            _ => {}
        }
        at = end;
    }
    if !moov {
        return Ok(Some(problem(
            "没有影片索引（moov），多半没有写完",
            "has no index (moov): it was probably never finished",
        )));
    }
    if !samples {
        return Ok(Some(problem("没有画面数据（mdat）", "has no pictures in it (mdat)")));
    }
    Ok(None)
}

fn box_body(head: &[u8; 16], size: u64) -> u64 {
    size - if head[..4] == [0, 0, 0, 1] { 16 } else { 8 }
}

/// Walks the boxes inside `moov` and refuses tables that claim more entries than they have bytes for.
fn probe_boxes(file: &mut File, from: u64, to: u64, depth: usize) -> io::Result<Option<ProbeProblem>> {
    const DEPTH_MAX: usize = 8;
    const BOXES_MAX: usize = 4_096;
    let damaged = || Ok(Some(problem("的索引（moov）损坏", "has a damaged index (moov)")));
    let mut at = from;
    for _ in 0..BOXES_MAX {
        if at == to {
            return Ok(None);
        }
        if to - at < 8 {
            // Four zero bytes may end a list of boxes in QuickTime files.
            return if to - at == 4 { Ok(None) } else { damaged() };
        }
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0_u8; 24];
        let read = read_up_to(file, &mut head)?;
        let size = u64::from(u32::from_be_bytes([head[0], head[1], head[2], head[3]]));
        if size < 8 || at + size > to {
            return damaged();
        }
        let number = |from: usize| {
            let bytes = [head[from], head[from + 1], head[from + 2], head[from + 3]];
            u64::from(u32::from_be_bytes(bytes))
        };
        let body = size - 8;
        match &head[4..8] {
            b"trak" | b"mdia" | b"minf" | b"stbl" | b"edts" | b"dinf" => {
                if depth >= DEPTH_MAX {
                    return damaged();
                }
                if let Some(found) = probe_boxes(file, at + 8, at + size, depth + 1)? {
                    return Ok(Some(found));
                }
            }
            // Version and flags, then for `stsz` a common size, then the number of entries.
            kind @ (b"stsz" | b"stco" | b"co64" | b"stts" | b"ctts" | b"stsc" | b"stss") => {
                let (count, entry_bytes, head_bytes) = match kind {
                    b"stsz" => (number(16), if number(12) == 0 { 4 } else { 0 }, 12),
                    b"co64" | b"stts" | b"ctts" => (number(12), 8, 8),
                    b"stsc" => (number(12), 12, 8),
                    _ => (number(12), 4, 8),
                };
                if (read as u64) < 8 + head_bytes || body < head_bytes || count * entry_bytes > body - head_bytes {
                    return damaged();
                }
            }
            _ => {}
        }
        at += size;
    }
    damaged()
}

/// The EBML head, then a segment that the file has room for.
fn probe_matroska(file: &mut File, length: u64) -> io::Result<Option<ProbeProblem>> {
    let damaged = || Ok(Some(problem("的开头损坏", "is damaged at its beginning")));
    file.seek(SeekFrom::Start(4))?;
    let mut head = [0_u8; 64];
    let read = read_up_to(file, &mut head)?;
    let Some((head_size, used)) = ebml_size(&head[..read]) else {
        return damaged();
    };
    let Some(segment) = head_size.and_then(|size| (4 + used as u64).checked_add(size)).filter(|at| *at < length) else {
        return damaged();
    };
    file.seek(SeekFrom::Start(segment))?;
    let mut head = [0_u8; 16];
    let read = read_up_to(file, &mut head)?;
    if !head[..read].starts_with(&[0x18, 0x53, 0x80, 0x67]) {
        return damaged();
    }
    let Some((size, used)) = ebml_size(&head[4..read]) else {
        return damaged();
    };
    // A size of all ones means "until the end": live recordings are written so.
    if size.is_some_and(|size| (segment + 4 + used as u64).saturating_add(size) > length) {
        return Ok(Some(problem("不完整：文件在中途断了", "is not whole: the file ends in the middle")));
    }
    Ok(None)
}

/// A length of variable size: its value (`None` for unknown) and how many bytes it took.
fn ebml_size(bytes: &[u8]) -> Option<(Option<u64>, usize)> {
    let first = *bytes.first()?;
    let length = first.leading_zeros() as usize + 1;
    if length > 8 {
        return None;
    }
    let mut value = u64::from(first) & (0xff >> length);
    for byte in bytes.get(1..length)? {
        value = value << 8 | u64::from(*byte);
    }
    let unknown = value == (1_u64 << (7 * length)) - 1;
    Some((if unknown { None } else { Some(value) }, length))
}

/// WAV, or Ogg with Vorbis inside.
pub fn probe_sound(file: &mut File) -> io::Result<Option<ProbeProblem>> {
    let mut head = [0_u8; 64];
    let read = read_up_to(file, &mut head)?;
    let head = &head[..read];
    let wav = head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WAVE");
    let vorbis = head.starts_with(b"OggS") && head.windows(7).any(|seven| seven == b"\x01vorbis");
    Ok((!wav && !vorbis).then(|| problem("不是 WAV 或 Ogg Vorbis 声音", "is neither a WAV nor an Ogg Vorbis sound")))
}

/// Problems of one caption file that are listed; the rest come up when those are mended.
const CAPTION_PROBLEMS_MAX: usize = 5;

/// WebVTT: what cannot be read is a finding at its line of the caption file itself.
fn probe_captions(file: &str, path: &Path, findings: &mut Findings) -> io::Result<()> {
    let mut push = |line: usize, zh: String, en: String| {
        findings.push(Finding {
            severity: Severity::Error,
            code: "captions_broken".to_owned(),
            file: file.to_owned(),
            at: Mark { line: u32::try_from(line).unwrap_or(u32::MAX), column: u32::from(line > 0), width: 1 },
            path: String::new(),
            message: both(zh, en),
            hint: Some(both(
                "字幕用 WebVTT：第一行写 WEBVTT，时间写成 00:01.000 --> 00:04.000，UTF-8 编码",
                "captions are WebVTT: WEBVTT on the first line, times as 00:01.000 --> 00:04.000, UTF-8",
            )),
        });
    };
    let length = std::fs::metadata(path)?.len();
    if length > CAPTIONS_BYTES_MAX {
        push(
            0,
            format!("字幕有 {length} 字节，上限 {CAPTIONS_BYTES_MAX} 字节"),
            format!("the captions have {length} bytes, at most {CAPTIONS_BYTES_MAX} are accepted"),
        );
        return Ok(());
    }
    let Ok(text) = String::from_utf8(std::fs::read(path)?) else {
        push(0, "字幕不是 UTF-8 编码".into(), "the captions are not UTF-8".into());
        return Ok(());
    };
    let (captions, problems) = Captions::parse(&text);
    for problem in problems.iter().take(CAPTION_PROBLEMS_MAX) {
        push(problem.line, format!("字幕读不懂：{}", problem.message), problem.message.clone());
    }
    if problems.is_empty() && captions.cues.is_empty() {
        push(0, "文件里没有一条字幕".into(), "there is no cue in the file".into());
    }
    Ok(())
}

//! The one word that says how a screen is, and why. Pure: what is known and the time go in, a word and lines come out.

use pingfeng_wire::{Origin, Progress, Report, Way};
use serde::Serialize;
use utoipa::ToSchema;

use crate::limits::{OFFLINE_AFTER_MS, UPDATE_WINDOW_MS, VISIT_WAIT_MAX_MS};

/// How a screen is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Connected, and running is the target.
    Online,
    /// On its way to the target.
    Updating,
    /// Connected, but not at the target when it should be.
    Behind,
    /// Not heard of for 15 seconds.
    Offline,
    /// The glass is wrong, or the device cannot take up what it should.
    Fault,
    /// Enrolled, never heard of.
    Pending,
}

/// One line of the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
pub struct Why {
    /// Machine-readable.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// What is known of a screen.
#[derive(Clone, Debug, Default)]
pub struct Known<'a> {
    /// Connected now.
    pub connected: bool,
    /// Last heard of, hub clock.
    pub seen_at_ms: Option<i64>,
    /// Its last report.
    pub report: Option<&'a Report>,
    /// Since when the last reports tell of the same state of progress, hub clock.
    pub progress_since_ms: Option<i64>,
    /// The release it should run.
    pub target: Option<&'a str>,
    /// Version of that release.
    pub target_version: Option<i64>,
    /// When the target was set, hub clock.
    pub target_at_ms: i64,
    /// Records that were refused.
    pub refused_records: u64,
}

/// The word, and the lines: first what is on the glass, then what stops it and what happens next.
pub fn judge(known: &Known<'_>, now_ms: i64) -> (Status, Vec<Why>) {
    let mut why = Vec::new();
    let Some(report) = known.report else {
        if known.seen_at_ms.is_none() {
            why.push(line("never_seen", "已登记，还没有连上来过", "Enrolled, has not connected yet"));
            return (Status::Pending, why);
        }
        why.push(line("no_report", "连上来过，还没有上报画面", "Has connected, has not reported yet"));
        let status = if offline(known, now_ms) { Status::Offline } else { Status::Updating };
        return (status, why);
    };
    why.push(on_the_glass(report));
    let reached = match known.target {
        None => true,
        Some(target) => report.running.as_ref().is_some_and(|running| running.id == target),
    };
    let trouble = trouble(report);
    if offline(known, now_ms) {
        why.push(line(
            "offline",
            "没有连接：继续播放本机版本，下面是断开前的情况",
            "Not connected: it keeps playing what it has; below is what was known before",
        ));
        why.extend(trouble);
        return (Status::Offline, why);
    }
    if report.phase == "fault" {
        why.push(line("phase_fault", "程序报告画面故障，正在显示最后的好画面", "The program reports a fault on the glass"));
        return (Status::Fault, why);
    }
    if report.trust.warnings.iter().any(|warning| warning == "neighbour_wrong") {
        why.push(line(
            "neighbour_wrong",
            "同场地有终端给出的内容不对：已丢弃，改向别处取；请检查那台终端",
            "Another device of the site gave out wrong pieces: they were discarded, and it is avoided. See to that device",
        ));
    }
    if known.refused_records > 0 {
        why.push(line(
            "records_refused",
            &format!("{} 条记录被中枢拒收，已在终端另存", known.refused_records),
            &format!("{} records were refused by the hub and are kept aside on the device", known.refused_records),
        ));
    }
    if reached {
        return (Status::Online, why);
    }
    let version = known.target_version.map(|version| version.to_string()).unwrap_or_default();
    if let Some(line) = trouble {
        let heals = matches!(&report.progress, Progress::Failed { code, .. } if code == "hash_mismatch");
        why.push(line);
        return (if heals { Status::Behind } else { Status::Fault }, why);
    }
    let since_ms = known.progress_since_ms.unwrap_or(known.target_at_ms);
    match &report.progress {
        Progress::Fetching { done_bytes, total_bytes, bytes_s, waits, way } => {
            why.push(fetching(&version, *done_bytes, *total_bytes, *bytes_s, waits.as_deref(), *way));
            // Whoever set a window or a pause knows that it takes longer.
            let held = matches!(waits.as_deref(), Some("paused" | "window"));
            let slow = now_ms - known.target_at_ms > VISIT_WAIT_MAX_MS && !held;
            (if slow { Status::Behind } else { Status::Updating }, why)
        }
        Progress::WaitingForTime => {
            why.push(line(
                "waiting_for_time",
                &format!("版本 {version} 已到齐，到设定的时间切换"),
                &format!("Release {version} is ready; it switches at the stated time"),
            ));
            (Status::Updating, why)
        }
        Progress::WaitingForVisit => {
            why.push(line(
                "waiting_for_visit",
                &format!("版本 {version} 已到齐，等当前观众离开后切换"),
                &format!("Release {version} is ready; it switches when the visitor has gone"),
            ));
            let late = now_ms - since_ms > VISIT_WAIT_MAX_MS;
            (if late { Status::Behind } else { Status::Updating }, why)
        }
        Progress::Confirming => {
            why.push(line(
                "confirming",
                &format!("已切换到版本 {version}，正在核对画面"),
                &format!("Switched to release {version}; the glass is being checked"),
            ));
            (Status::Updating, why)
        }
        Progress::Settled | Progress::Failed { .. } => {
            why.push(line(
                "target_not_taken",
                &format!("目标是版本 {version}，终端还没有开始"),
                &format!("The target is release {version}; the device has not begun"),
            ));
            let late = now_ms - known.target_at_ms > UPDATE_WINDOW_MS;
            (if late { Status::Behind } else { Status::Updating }, why)
        }
    }
}

fn offline(known: &Known<'_>, now_ms: i64) -> bool {
    // A clock that went back must not keep a dead screen alive.
    !known.connected && known.seen_at_ms.is_none_or(|seen| !(0..OFFLINE_AFTER_MS).contains(&(now_ms - seen)))
}

/// How far fetching is, how fast, how long it still takes, or why nothing comes.
fn fetching(
    version: &str,
    done_bytes: u64,
    total_bytes: u64,
    bytes_s: u64,
    waits: Option<&str>,
    way: Option<Way>,
) -> Why {
    let percent = done_bytes.saturating_mul(100).checked_div(total_bytes).unwrap_or(0);
    let left = total_bytes.saturating_sub(done_bytes);
    let (code, zh, en) = match waits {
        Some("paused") => ("fetching_paused", "，已暂停".to_owned(), "; paused".to_owned()),
        Some("window") => ("fetching_window", "，等下载时段".to_owned(), "; waits for its download window".to_owned()),
        Some(_) => ("fetching_offline", "，等连接恢复".to_owned(), "; waits for the connection".to_owned()),
        None => {
            // The ordinary way is not worth a word.
            let (zh, en) = match way {
                Some(Way::Neighbour) => ("，从同场地终端取", ", from a screen of the site"),
                Some(Way::Https) => ("，经 HTTPS", ", over HTTPS"),
                Some(Way::Mqtt) | None => ("", ""),
            };
            match remaining_s(left, bytes_s) {
                Some(seconds) => (
                    "fetching",
                    format!("{zh}，每秒 {}，约 {} 分钟", size(bytes_s), seconds.div_ceil(60)),
                    format!("{en} at {} a second, about {} min", size(bytes_s), seconds.div_ceil(60)),
                ),
                None => ("fetching", zh.to_owned(), en.to_owned()),
            }
        }
    };
    line(
        code,
        &format!("正在取版本 {version}：{percent}%，还差 {}{zh}", size(left)),
        &format!("Fetching release {version}: {percent}%, {} to go{en}", size(left)),
    )
}

/// Seconds that `left` bytes take; none while nothing moves.
fn remaining_s(left: u64, bytes_s: u64) -> Option<u64> {
    (bytes_s > 0).then(|| left.div_ceil(bytes_s))
}

fn on_the_glass(report: &Report) -> Why {
    if report.blank {
        return line("dark", "黑屏：按中枢的命令什么都不显示", "Dark: the hub says to show nothing");
    }
    let scene = report.scene.as_deref().unwrap_or("—");
    let phase = match report.phase.as_str() {
        "attract" => ("待机", "attract"),
        "visit" => ("观众正在使用", "a visitor is using it"),
        "boot" => ("正在启动", "starting"),
        "loading" => ("正在载入", "loading"),
        "fault" => ("故障", "fault"),
        _ => ("未知阶段", "unknown phase"),
    };
    let (zh, en) = match (report.origin, &report.running) {
        (Origin::Release, Some(running)) => {
            (format!("版本 {}", running.version), format!("release {}", running.version))
        }
        (Origin::Folder, _) => ("本机文件夹里的展览".to_owned(), "the exhibition in its folder".to_owned()),
        _ => ("内置后备画面".to_owned(), "the built-in fallback".to_owned()),
    };
    line("on_the_glass", &format!("{zh} · {scene} ← {}", phase.0), &format!("{en} · {scene} ← {}", phase.1))
}

fn trouble(report: &Report) -> Option<Why> {
    let Progress::Failed { code, message, retry_at_ms } = &report.progress else { return None };
    let zh = match code.as_str() {
        "disk_full" => "磁盘已满，新版本放不下；旧版本继续播放",
        "hash_mismatch" => "收到的文件校验不符，已丢弃并重新取",
        "manifest_invalid" => "版本清单无效；旧版本继续播放",
        "too_new" => "版本需要更新的终端程序；旧版本继续播放",
        "no_frames" => "新版本没有画出画面，已退回旧版本",
        "io" => "磁盘读写出错；旧版本继续播放",
        _ => "新版本没有装上；旧版本继续播放",
    };
    let next = if retry_at_ms.is_some() { "，稍后自动再试" } else { "，需要人处理" };
    let next_en = if retry_at_ms.is_some() { "; it tries again by itself" } else { "; somebody has to look at it" };
    let message: String = message.chars().take(200).collect();
    Some(Why { code: code.clone(), zh: format!("{zh}{next}"), en: format!("{message}{next_en}") })
}

fn line(code: &str, zh: &str, en: &str) -> Why {
    Why { code: code.into(), zh: zh.into(), en: en.into() }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KB", bytes.div_ceil(1024)),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}

#[cfg(test)]
mod tests {
    use pingfeng_wire::ReleaseRef;

    use super::*;

    const NOW: i64 = 1_000_000_000;

    fn report(running: &str, progress: Progress) -> Report {
        Report {
            v: 1,
            running: Some(ReleaseRef {
                id: running.into(),
                exhibition: "e".into(),
                version: 1,
                manifest_size_bytes: 1,
            }),
            origin: Origin::Release,
            progress,
            phase: "attract".into(),
            ..Report::default()
        }
    }

    fn fetch(waits: Option<&str>) -> Progress {
        Progress::Fetching { done_bytes: 1, total_bytes: 2_000_000, bytes_s: 10_000, waits: waits.map(str::to_owned), way: None }
    }

    #[track_caller]
    fn check(report: Option<&Report>, change: impl FnOnce(&mut Known<'_>), expected: Status, last_line: &str) {
        let mut known = Known {
            connected: true,
            seen_at_ms: Some(NOW),
            report,
            target: Some("new"),
            target_version: Some(2),
            target_at_ms: NOW - 1_000,
            progress_since_ms: Some(NOW - 500),
            refused_records: 0,
        };
        change(&mut known);
        let (status, why) = judge(&known, NOW);
        assert_eq!(status, expected, "{why:?}");
        assert_eq!(why.last().map(|why| why.code.as_str()), Some(last_line));
    }

    #[test]
    fn a_device_that_never_came_is_pending() {
        check(None, |known| known.seen_at_ms = None, Status::Pending, "never_seen");
    }

    #[test]
    fn running_the_target_is_online() {
        let at_target = report("new", Progress::Settled);
        check(Some(&at_target), |_| {}, Status::Online, "on_the_glass");
    }

    #[test]
    fn no_presence_for_fifteen_seconds_is_offline_even_if_the_clock_went_back() {
        let at_target = report("new", Progress::Settled);
        let gone = |seen: i64| {
            move |known: &mut Known<'_>| {
                known.connected = false;
                known.seen_at_ms = Some(seen);
            }
        };
        check(Some(&at_target), gone(NOW - 14_999), Status::Online, "on_the_glass");
        check(Some(&at_target), gone(NOW - 15_000), Status::Offline, "offline");
        check(Some(&at_target), gone(NOW + 60_000), Status::Offline, "offline");
    }

    #[test]
    fn fetching_is_updating_until_it_takes_too_long() {
        let fetching = report("old", fetch(None));
        check(Some(&fetching), |_| {}, Status::Updating, "fetching");
        check(Some(&fetching), |known| known.target_at_ms = NOW - 3_600_000, Status::Behind, "fetching");
    }

    #[test]
    fn a_dark_glass_shows_nothing_else() {
        let dark = Report { blank: true, ..report("new", Progress::Settled) };
        check(Some(&dark), |_| {}, Status::Online, "dark");
    }

    #[test]
    fn fetching_says_how_long_it_takes_or_why_nothing_comes() {
        let said = |waits| {
            let known = Known { connected: true, target: Some("new"), target_version: Some(2), ..Known::default() };
            let report = report("old", fetch(waits));
            let (_, why) = judge(&Known { report: Some(&report), ..known }, 1_000);
            why.last().cloned().unwrap()
        };
        assert_eq!(said(None).en, "Fetching release 2: 0%, 1.9 MB to go at 10 KB a second, about 4 min");
        let from_neighbour = super::fetching("2", 1, 2_000_000, 0, None, Some(Way::Neighbour));
        assert_eq!(from_neighbour.en, "Fetching release 2: 0%, 1.9 MB to go, from a screen of the site");
        assert_eq!(said(Some("window")).code, "fetching_window");
        assert_eq!(said(Some("paused")).code, "fetching_paused");
        assert_eq!(said(Some("offline")).code, "fetching_offline");
    }

    #[test]
    fn a_neighbour_that_gives_out_wrong_pieces_is_told_of() {
        let mut warned = report("old", fetch(None));
        check(Some(&warned), |_| {}, Status::Updating, "fetching");
        warned.trust.warnings.push("neighbour_wrong".to_owned());
        let known = Known { connected: true, target: Some("new"), report: Some(&warned), ..Known::default() };
        assert!(judge(&known, NOW).1.iter().any(|why| why.code == "neighbour_wrong"));
    }

    #[test]
    fn a_download_that_waits_for_its_window_is_not_behind() {
        let waits = report("old", fetch(Some("window")));
        check(Some(&waits), |known| known.target_at_ms = NOW - 3_600_000, Status::Updating, "fetching_window");
    }

    #[test]
    fn a_release_that_waits_for_its_hour_is_not_behind() {
        let waits = report("old", Progress::WaitingForTime);
        check(Some(&waits), |known| known.target_at_ms = NOW - 3_600_000, Status::Updating, "waiting_for_time");
    }

    #[test]
    fn a_visitor_may_keep_a_release_waiting_for_fifteen_minutes() {
        let waiting = report("old", Progress::WaitingForVisit);
        check(Some(&waiting), |known| known.progress_since_ms = Some(NOW - 60_000), Status::Updating, "waiting_for_visit");
        check(Some(&waiting), |known| known.progress_since_ms = Some(NOW - 901_000), Status::Behind, "waiting_for_visit");
    }

    #[test]
    fn a_full_disk_is_a_fault_and_a_wrong_hash_heals_itself() {
        let failed = |code: &str| {
            report("old", Progress::Failed { code: code.into(), message: "x".into(), retry_at_ms: Some(1) })
        };
        check(Some(&failed("disk_full")), |_| {}, Status::Fault, "disk_full");
        check(Some(&failed("hash_mismatch")), |_| {}, Status::Behind, "hash_mismatch");
    }

    #[test]
    fn trouble_known_before_the_connection_broke_is_still_told() {
        let failed =
            report("old", Progress::Failed { code: "disk_full".into(), message: "x".into(), retry_at_ms: None });
        let gone = |known: &mut Known<'_>| {
            known.connected = false;
            known.seen_at_ms = Some(NOW - 60_000);
        };
        check(Some(&failed), gone, Status::Offline, "disk_full");
    }

    #[test]
    fn a_target_that_was_not_taken_is_behind_after_its_window() {
        let settled = report("old", Progress::Settled);
        check(Some(&settled), |_| {}, Status::Updating, "target_not_taken");
        check(Some(&settled), |known| known.target_at_ms = NOW - 121_000, Status::Behind, "target_not_taken");
    }
}

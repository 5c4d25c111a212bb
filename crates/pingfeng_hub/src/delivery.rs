//! How releases may come to the devices of a group: when, how fast, or not now.

use pingfeng_wire::{Delivery, Window, limits::WINDOWS_MAX};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Hub,
    db::entity::group,
    error::{ApiResult, bad_request, internal, not_found},
    fleet::Group,
    limits::{CAP_BYTES_S_LEAST, CAP_BYTES_S_MAX},
};

/// Minutes of a day.
const DAY_MIN: u16 = 24 * 60;

/// Rules of a group; its devices follow them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeliveryRules {
    /// Nothing is fetched until this is taken back; what has arrived stays.
    pub paused: bool,
    /// Parts of the day, by the devices' clocks, in which they may fetch; none: always. At most 8.
    pub windows: Vec<DayWindow>,
    /// Bytes a second for each device, 1000 to 1000000000; none: as fast as the line carries.
    #[schema(nullable)]
    pub cap_bytes_s: Option<u64>,
    /// Devices may fetch from others of their site that have a release, before they ask the hub. Absent: they may not.
    // Absent rather than false, so that the version before this one can read the rules of groups that do not use it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub neighbours: bool,
}

/// A part of the day. One that ends before it begins reaches over midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DayWindow {
    /// First minute after midnight, 0 to 1439.
    pub from_min: u16,
    /// First minute after it, 0 to 1439.
    pub until_min: u16,
}

impl DeliveryRules {
    /// The rules of a group. Rules that this program cannot read, from a later version, hold everything back: fetching
    /// at a wrong time can cost a hall its line.
    pub fn of(group: &group::Model) -> Self {
        let Some(json) = &group.delivery_json else { return Self::default() };
        serde_json::from_str(json).unwrap_or_else(|error| {
            tracing::error!(%error, group.id = %group.id, "delivery rules cannot be read; the group is paused");
            Self { paused: true, ..Self::default() }
        })
    }

    /// Refuses what makes no sense, with the field that is at fault.
    pub fn check(&self) -> ApiResult<()> {
        if self.windows.len() > WINDOWS_MAX {
            return Err(bad_request("invalid_delivery", format!("at most {WINDOWS_MAX} windows")).at("windows"));
        }
        for (index, window) in self.windows.iter().enumerate() {
            let wrong = |message| Err(bad_request("invalid_delivery", message).at(format!("windows[{index}]")));
            if window.from_min >= DAY_MIN || window.until_min >= DAY_MIN {
                return wrong("a window is in minutes after midnight, 0 to 1439");
            }
            if window.from_min == window.until_min {
                return wrong("a window has to end at another minute than it begins; no window at all means always");
            }
        }
        if self.cap_bytes_s.is_some_and(|cap| !(CAP_BYTES_S_LEAST..=CAP_BYTES_S_MAX).contains(&cap)) {
            let message = format!("{CAP_BYTES_S_LEAST} to {CAP_BYTES_S_MAX} bytes a second");
            return Err(bad_request("invalid_delivery", message).at("cap_bytes_s"));
        }
        Ok(())
    }

    /// As devices are told, but for the key of their site.
    pub fn on_the_wire(&self) -> Delivery {
        let window = |window: &DayWindow| Window { from_min: window.from_min, until_min: window.until_min };
        Delivery {
            paused: self.paused,
            windows: self.windows.iter().map(window).collect(),
            cap_bytes_s: self.cap_bytes_s,
            ..Delivery::default()
        }
    }
}

impl Hub {
    /// Sets the rules of a group; its devices are told at once.
    pub async fn set_delivery(&self, group: &str, rules: &DeliveryRules) -> ApiResult<Group> {
        rules.check()?;
        let json = if *rules == DeliveryRules::default() {
            None
        } else {
            Some(serde_json::to_string(rules).map_err(internal)?)
        };
        if !self.db.store_delivery(group, json).await? {
            return Err(not_found("group", group));
        }
        let devices = self.db.devices_of_groups(&[group.to_owned()]).await?;
        self.state_again(devices.into_iter().map(|device| device.id).collect()).await?;
        let groups = self.list_groups().await?;
        groups.into_iter().find(|view| view.id == group).ok_or_else(|| not_found("group", group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rules: DeliveryRules, at: Option<&str>) {
        let error = rules.check().err();
        assert_eq!(error.as_ref().and_then(|error| error.detail().at.as_deref()), at);
    }

    #[test]
    fn windows_and_caps_have_bounds() {
        let window = |from_min, until_min| DeliveryRules {
            windows: vec![DayWindow { from_min: 0, until_min: 1 }, DayWindow { from_min, until_min }],
            ..DeliveryRules::default()
        };
        check(window(1320, 360), None);
        check(window(1440, 360), Some("windows[1]"));
        check(window(360, 1440), Some("windows[1]"));
        check(window(360, 360), Some("windows[1]"));
        check(
            DeliveryRules { windows: vec![DayWindow { from_min: 0, until_min: 1 }; 9], ..Default::default() },
            Some("windows"),
        );
        let cap = |cap_bytes_s| DeliveryRules { cap_bytes_s: Some(cap_bytes_s), ..DeliveryRules::default() };
        check(cap(999), Some("cap_bytes_s"));
        check(cap(1_000), None);
        check(cap(1_000_000_001), Some("cap_bytes_s"));
    }

    #[test]
    fn rules_of_a_later_program_hold_everything_back() {
        let group = group::Model {
            id: "g".into(),
            name: "g".into(),
            release_id: None,
            created_at_ms: 0,
            delivery_json: Some(r#"{"windows":[{"weekday":1}]}"#.into()),
        };
        assert!(DeliveryRules::of(&group).paused);
    }
}

//! What visitors did: check-ins and quiz results. Stored once however often sent, acknowledged after the commit.

use std::collections::HashMap;

use pingfeng_wire::{
    Ack, CheckInWay, Record, RecordBody, Records, Refusal, Welcome,
    limits::{RECORD_BYTES_MAX, RECORDS_MAX},
    topic::{self, DeviceTopic},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Hub,
    db::{
        entity::{attendee, check_in, event, quiz_answer, quiz_result, refused_record},
        records as rows,
    },
    error::{ApiResult, bad_request, conflict, not_found},
    fleet::text,
    limits::{ATTENDEES_MAX, CODE_CHARS_MAX, ROWS_MAX, WELCOME_EXPIRY_S},
};

/// Shown for somebody whose code belongs to nobody on the list.
const GUEST: &str = "来宾";

/// An occasion that people check in to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// ASCII id; scenes of kind `check_in` name it.
    pub id: String,
    /// Name.
    pub name: String,
    /// Site whose screens welcome people; none: every site.
    pub site: Option<String>,
    /// How many are expected.
    pub expected: u64,
    /// How many have come.
    pub came: i64,
    /// When it was made.
    pub created_at_ms: i64,
    /// When check-in was closed.
    pub closed_at_ms: Option<i64>,
}

/// Somebody who is expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attendee {
    /// Code or card number.
    pub code: String,
    /// Name.
    pub name: String,
}

/// A check-in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CheckIn {
    /// Record id.
    pub id: String,
    /// Event.
    pub event: String,
    /// Code, if one was given.
    pub code: Option<String>,
    /// Name, if it is known.
    pub name: Option<String>,
    /// Name as screens show it.
    pub masked: String,
    /// `code`, `scanner` or `api`.
    pub way: String,
    /// The screen it was made at; none: the REST interface.
    pub device: Option<String>,
    /// When, by the clock of who made it.
    pub at_ms: i64,
    /// When the hub stored it. Much later than `at_ms`: sent late by a screen that was offline.
    pub received_at_ms: i64,
    /// People who have come to the event so far. Given when the check-in is new, else none.
    pub count: Option<i64>,
}

/// A check-in made through the REST interface.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCheckIn {
    /// ULID made by the caller, so that it may send the same check-in again; made by the hub if absent.
    pub id: Option<String>,
    /// Event.
    pub event: String,
    /// Code or card number of somebody on the list.
    pub code: Option<String>,
    /// Name of somebody who has no code.
    pub name: Option<String>,
}

/// How a quiz scene went.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct QuizScene {
    /// Scene.
    pub scene: String,
    /// Finished quizzes.
    pub finished: i64,
    /// Questions asked in all.
    pub asked: i64,
    /// Answered right at the first try, in all.
    pub right: i64,
    /// By question.
    pub questions: Vec<QuizQuestion>,
}

/// How a question went.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct QuizQuestion {
    /// Question.
    pub question: String,
    /// Asked.
    pub asked: i64,
    /// Right at the first try.
    pub right: i64,
}

impl Hub {
    /// Stores what a device sends and acknowledges it. Nothing is acknowledged before the commit; what cannot be
    /// stored now (database away) is neither stored nor refused, and the device sends it again.
    pub async fn take_records(&self, device: &str, records: Records) -> ApiResult<()> {
        if let Some(ack) = self.store_records(device, records).await? {
            self.send_json(topic::device(device, DeviceTopic::Ack), &ack, false, None).await;
        }
        Ok(())
    }

    /// Stores what a device sent, on whatever way, and says what became of it. `None`: there is no such device.
    pub(crate) async fn store_records(&self, device: &str, records: Records) -> ApiResult<Option<Ack>> {
        let Some(row) = self.db.device(device).await? else { return Ok(None) };
        let mut ack = Ack { v: pingfeng_wire::VERSION, stored: Vec::new(), refused: Vec::new(), unlisted: Vec::new() };
        let mut new_check_ins = Vec::new();
        if records.records.len() > RECORDS_MAX {
            tracing::warn!(device.id = %device, sent = records.records.len(), limit = RECORDS_MAX, "too many records");
        }
        let transaction = self.db.write().await?;
        let ids: Vec<String> = records
            .records
            .iter()
            .filter_map(|record| match &record.body {
                RecordBody::CheckIn { event, .. } => Some(event.clone()),
                RecordBody::QuizResult { .. } => None,
            })
            .collect();
        let events = if ids.is_empty() { HashMap::new() } else { rows::events_among(&transaction, &ids).await? };
        let received_at_ms = self.now_ms();
        for record in records.records.into_iter().take(RECORDS_MAX) {
            let id = record.id.clone();
            if let Some(code) = refusal(&record, &events) {
                // An id that is no id cannot be kept, and is refused all the same.
                if id_is_valid(&id) {
                    let row = refused_record::Model {
                        id: id.clone(),
                        device_id: device.to_owned(),
                        code: code.to_owned(),
                        received_at_ms,
                    };
                    rows::insert_refused(&transaction, row).await?;
                }
                tracing::warn!(device.id = %device, code, "record refused");
                ack.refused.push(Refusal { id: id.chars().take(64).collect(), code: code.to_owned() });
                continue;
            }
            match record.body {
                RecordBody::CheckIn { event, way, code } => {
                    let code = normal_code(&code);
                    let name = rows::attendee_name(&transaction, &event, &code).await?;
                    if name.is_none() && rows::has_attendees(&transaction, &event).await? {
                        ack.unlisted.push(id.clone());
                    }
                    let row = check_in::Model {
                        id: id.clone(),
                        event_id: event,
                        person: code.clone(),
                        code: Some(code),
                        name,
                        way: way_name(way).to_owned(),
                        device_id: Some(device.to_owned()),
                        at_ms: millis(record.at_ms),
                        received_at_ms,
                    };
                    if rows::insert_check_in(&transaction, row.clone()).await? {
                        new_check_ins.push(row);
                    }
                }
                RecordBody::QuizResult { scene, asked, right, answers } => {
                    let row = quiz_result::Model {
                        id: id.clone(),
                        device_id: device.to_owned(),
                        scene,
                        asked: i32::try_from(asked).unwrap_or(i32::MAX),
                        answered_right: i32::try_from(right).unwrap_or(i32::MAX),
                        at_ms: millis(record.at_ms),
                        received_at_ms,
                    };
                    let answers = (0..)
                        .zip(answers)
                        .map(|(seq, answer)| quiz_answer::Model {
                            result_id: id.clone(),
                            seq,
                            question: answer.question,
                            answered_right: answer.right,
                        })
                        .collect();
                    rows::insert_quiz_result(&transaction, row, answers).await?;
                }
            }
            ack.stored.push(id);
        }
        transaction.commit().await?;

        for check_in in new_check_ins {
            let event = events.get(&check_in.event_id);
            if ack.unlisted.contains(&check_in.id) {
                // Nobody is welcomed for a slip of the finger; the console shows it.
                let count = self.db.count_people(&check_in.event_id).await?;
                self.live.tell("check_in", &view(check_in, Some(count)));
            } else {
                self.welcome(check_in, event, Some(&row.site_id)).await?;
            }
        }
        if !ack.refused.is_empty() {
            self.tell_device(device).await;
        }
        Ok(Some(ack))
    }

    /// Stores a check-in of the REST interface. The same id again gives the same answer.
    pub async fn check_in(&self, new: NewCheckIn) -> ApiResult<CheckIn> {
        let id = match new.id {
            Some(id) if id_is_valid(&id) => id,
            Some(_) => return Err(bad_request("invalid_id", "the id is not a ULID").at("id")),
            None => crate::new_id(self.now_ms()),
        };
        let transaction = self.db.write().await?;
        if let Some(known) = rows::check_in_by_id(&transaction, &id).await? {
            return if known.event_id == new.event {
                Ok(view(known, None))
            } else {
                Err(conflict("id_taken", "this id belongs to a check-in of another event").at("id"))
            };
        }
        let events = rows::events_among(&transaction, std::slice::from_ref(&new.event)).await?;
        let event = events.get(&new.event).ok_or_else(|| not_found("event", &new.event))?;
        if event.closed_at_ms.is_some() {
            return Err(conflict("event_closed", "check-in for this event is closed"));
        }
        let (code, name) = match (new.code, new.name) {
            (Some(code), None) => {
                let code = normal_code(&code);
                let name = rows::attendee_name(&transaction, &event.id, &code).await?.ok_or_else(|| {
                    bad_request("unknown_code", "nobody on the list of this event has this code")
                        .at("code")
                        .hint("check the code, or send a name instead")
                })?;
                (Some(code), name)
            }
            (None, Some(name)) => (None, text("name", &name)?),
            _ => return Err(bad_request("code_or_name", "exactly one of `code` and `name` is needed")),
        };
        let now_ms = self.now_ms();
        let row = check_in::Model {
            person: code.clone().unwrap_or_else(|| id.clone()),
            id,
            event_id: event.id.clone(),
            code,
            name: Some(name),
            way: way_name(CheckInWay::Api).to_owned(),
            device_id: None,
            at_ms: now_ms,
            received_at_ms: now_ms,
        };
        rows::insert_check_in(&transaction, row.clone()).await?;
        transaction.commit().await?;
        self.welcome(row, Some(event), None).await
    }

    /// Tells screens and consoles of a new check-in.
    async fn welcome(
        &self,
        row: check_in::Model,
        event: Option<&event::Model>,
        device_site: Option<&str>,
    ) -> ApiResult<CheckIn> {
        let count = self.db.count_people(&row.event_id).await?;
        let view = view(row, Some(count));
        let welcome = Welcome {
            v: pingfeng_wire::VERSION,
            id: view.id.clone(),
            event: view.event.clone(),
            name: view.masked.clone(),
            at_ms: u64::try_from(view.at_ms).unwrap_or(0),
            count: u64::try_from(count).unwrap_or(0),
        };
        let of_event = event.and_then(|event| event.site_id.as_deref());
        let sites = match of_event.or(device_site) {
            Some(site) => vec![site.to_owned()],
            None => self.db.sites().await?.into_iter().map(|site| site.id).collect(),
        };
        for site in sites {
            self.send_json(topic::site_welcome(&site), &welcome, false, Some(WELCOME_EXPIRY_S)).await;
        }
        self.live.tell("check_in", &view);
        Ok(view)
    }

    /// Check-ins, newest first.
    pub async fn list_check_ins(&self, event: Option<&str>, limit: Option<u64>) -> ApiResult<Vec<CheckIn>> {
        let rows = self.db.check_ins(event, limit.unwrap_or(200).min(ROWS_MAX)).await?;
        Ok(rows.into_iter().map(|row| view(row, None)).collect())
    }

    /// Every event with its counts.
    pub async fn list_events(&self) -> ApiResult<Vec<Event>> {
        let mut events = Vec::new();
        for row in self.db.events().await? {
            events.push(self.event_view(row).await?);
        }
        Ok(events)
    }

    /// Makes an event. Without an id, one is made from random letters.
    pub async fn create_event(&self, id: Option<String>, name: &str, site: Option<&str>) -> ApiResult<Event> {
        let name = text("name", name)?;
        let id = id.unwrap_or_else(|| format!("event-{}", crate::fleet::short_id()));
        if !event_id_is_valid(&id) {
            return Err(bad_request("invalid_id", "an id is 1 to 64 of a-z, 0-9, - and _").at("id"));
        }
        let site = match site {
            Some(site) => Some(self.site_called(site).await?.id),
            None => None,
        };
        let row = event::Model { id, name, site_id: site, created_at_ms: self.now_ms(), closed_at_ms: None };
        if !self.db.insert_event(row.clone()).await? {
            return Err(conflict("id_taken", "there is an event of this id").at("id"));
        }
        self.event_view(row).await
    }

    /// Closes or reopens an event.
    pub async fn close_event(&self, id: &str, closed: bool) -> ApiResult<Event> {
        self.db.event(id).await?.ok_or_else(|| not_found("event", id))?;
        self.db.close_event(id, closed.then(|| self.now_ms())).await?;
        let row = self.db.event(id).await?.ok_or_else(|| not_found("event", id))?;
        self.event_view(row).await
    }

    /// Who is expected at an event.
    pub async fn list_attendees(&self, event: &str) -> ApiResult<Vec<Attendee>> {
        self.db.event(event).await?.ok_or_else(|| not_found("event", event))?;
        let rows = self.db.attendees(event).await?;
        Ok(rows.into_iter().map(|attendee::Model { code, name, .. }| Attendee { code, name }).collect())
    }

    /// Replaces the list of who is expected.
    pub async fn replace_attendees(&self, event: &str, list: Vec<Attendee>) -> ApiResult<usize> {
        self.db.event(event).await?.ok_or_else(|| not_found("event", event))?;
        if list.len() > ATTENDEES_MAX {
            return Err(bad_request("too_many", format!("at most {ATTENDEES_MAX} attendees")));
        }
        let mut rows = Vec::with_capacity(list.len());
        let mut seen = std::collections::HashSet::new();
        for (number, attendee) in (1..).zip(list) {
            let at = format!("row {number}");
            let code = normal_code(&attendee.code);
            if code.is_empty() || code.chars().count() > CODE_CHARS_MAX {
                return Err(bad_request("invalid_code", format!("a code has 1 to {CODE_CHARS_MAX} characters")).at(at));
            }
            let name = text("name", &attendee.name).map_err(|error| error.at(at.clone()))?;
            if !seen.insert(code.clone()) {
                return Err(bad_request("duplicate_code", "two attendees have this code").at(at));
            }
            rows.push((code, name));
        }
        let count = rows.len();
        self.db.replace_attendees(event, rows).await?;
        Ok(count)
    }

    /// How quizzes went.
    pub async fn quiz_results(&self, scene: Option<&str>) -> ApiResult<Vec<QuizScene>> {
        let mut scenes = Vec::new();
        for total in self.db.quiz_totals(scene).await? {
            let mut questions: Vec<QuizQuestion> = Vec::new();
            for count in self.db.question_counts(&total.scene).await? {
                if questions.last().is_none_or(|last| last.question != count.question) {
                    questions.push(QuizQuestion { question: count.question, asked: 0, right: 0 });
                }
                if let Some(last) = questions.last_mut() {
                    last.asked += count.times;
                    last.right += if count.answered_right { count.times } else { 0 };
                }
            }
            scenes.push(QuizScene {
                scene: total.scene,
                finished: total.finished,
                asked: total.asked,
                right: total.answered_right,
                questions,
            });
        }
        Ok(scenes)
    }

    async fn event_view(&self, row: event::Model) -> ApiResult<Event> {
        Ok(Event {
            expected: self.db.count_attendees(&row.id).await?,
            came: self.db.count_people(&row.id).await?,
            id: row.id,
            name: row.name,
            site: row.site_id,
            created_at_ms: row.created_at_ms,
            closed_at_ms: row.closed_at_ms,
        })
    }
}

/// A name as screens show it: the first character, then a full-width star for each that is hidden; of three or more
/// the last is shown too. `王小明` → `王＊明`, `李雷` → `李＊`.
pub fn mask(name: &str) -> String {
    let characters: Vec<char> = name.trim().chars().collect();
    let last_shown = characters.len() >= 3;
    characters
        .iter()
        .enumerate()
        .map(|(index, character)| match index {
            0 => *character,
            index if last_shown && index + 1 == characters.len() => *character,
            _ => '＊',
        })
        .collect()
}

fn view(row: check_in::Model, count: Option<i64>) -> CheckIn {
    CheckIn {
        masked: row.name.as_deref().map_or_else(|| GUEST.to_owned(), mask),
        id: row.id,
        event: row.event_id,
        code: row.code,
        name: row.name,
        way: row.way,
        device: row.device_id,
        at_ms: row.at_ms,
        received_at_ms: row.received_at_ms,
        count,
    }
}

/// Why a record can never be accepted.
fn refusal(record: &Record, events: &HashMap<String, event::Model>) -> Option<&'static str> {
    if !id_is_valid(&record.id) {
        return Some("malformed");
    }
    let size = serde_json::to_vec(&record.body).map(|json| json.len());
    if size.map_or(true, |size| size > RECORD_BYTES_MAX) {
        return Some("too_large");
    }
    match &record.body {
        // Closed events are not refused: the visitor was there, and the screen may have been offline since.
        RecordBody::CheckIn { event, .. } if !events.contains_key(event) => Some("unknown_event"),
        RecordBody::CheckIn { code, .. } => {
            let code = normal_code(code);
            (code.is_empty() || code.chars().count() > CODE_CHARS_MAX).then_some("malformed")
        }
        RecordBody::QuizResult { asked, right, answers, .. } => {
            (right > asked || answers.len() as u64 > u64::from(*asked)).then_some("malformed")
        }
    }
}

fn id_is_valid(id: &str) -> bool {
    id.len() == ulid::ULID_LEN && ulid::Ulid::from_string(id).is_ok()
}

fn event_id_is_valid(id: &str) -> bool {
    pingfeng_content::id_is_valid(id)
}

/// Codes are compared without blanks and in capitals: people type `a12 b`, scanners send `A12B\r`.
fn normal_code(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace() && !c.is_control()).flat_map(char::to_uppercase).collect()
}

fn way_name(way: CheckInWay) -> &'static str {
    match way {
        CheckInWay::Code => "code",
        CheckInWay::Scanner => "scanner",
        CheckInWay::Api => "api",
    }
}

fn millis(at_ms: u64) -> i64 {
    i64::try_from(at_ms).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_shows_its_first_and_of_three_its_last_character() {
        for (name, masked) in
            [("王小明", "王＊明"), ("李雷", "李＊"), ("欧阳修远", "欧＊＊远"), ("曹", "曹"), (" 张三 ", "张＊"), ("", "")]
        {
            assert_eq!(mask(name), masked);
        }
    }

    #[test]
    fn a_code_is_the_same_however_it_is_typed_or_scanned() {
        assert_eq!(normal_code(" a12 b\r"), "A12B");
    }
}

//! The wire described for others: an AsyncAPI document and one JSON Schema per payload, made from the types here.
//! `docs/wire/` holds them; a test keeps them fresh.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use crate::topic::{DeviceTopic, ROOT};
use crate::{
    Ack, Command, Presence, Receipt, Records, Renewal, Renewed, Report, Target, TrustDocuments, Want, Welcome, enrol, limits,
};

/// Files of `docs/wire/` by name, each ending in a line feed.
pub fn files() -> BTreeMap<String, String> {
    let mut files = BTreeMap::from([("asyncapi.json".to_owned(), pretty(&asyncapi()))]);
    for (name, schema) in schemas(&SchemaSettings::draft2020_12()) {
        files.insert(format!("{name}.schema.json"), pretty(&schema));
    }
    files
}

/// The AsyncAPI 3.0 document of the MQTT side, from the hub's point of view: it sends down, it receives up.
pub fn asyncapi() -> Value {
    let mut channels = serde_json::Map::new();
    let mut operations = serde_json::Map::new();
    let device = json!({ "device": { "description": "Device id: 1 to 64 of a-z, 0-9 and -" } });
    for topic in DeviceTopic::DOWN.into_iter().chain(DeviceTopic::UP) {
        let Message { payload, about, retain, quality } = message(topic);
        let name = topic.name();
        let body = match payload {
            Some(schema) => json!({ "contentType": "application/json", "payload": reference(schema) }),
            None => parcel(),
        };
        channels.insert(
            name.to_owned(),
            json!({
                "address": format!("{ROOT}/dev/{{device}}/{name}"),
                "description": about,
                "parameters": device,
                "messages": { name: body },
                "bindings": { "mqtt": { "qos": quality, "retain": retain, "bindingVersion": "0.2.0" } },
            }),
        );
        let action = if DeviceTopic::DOWN.contains(&topic) { "send" } else { "receive" };
        operations.insert(
            format!("{action}_{name}"),
            json!({ "action": action, "channel": { "$ref": format!("#/channels/{name}") } }),
        );
    }
    channels.insert(
        "welcome".to_owned(),
        json!({
            "address": format!("{ROOT}/site/{{site}}/welcome"),
            "description": "A check-in made anywhere on the site, name masked. Message expiry 1 hour.",
            "parameters": { "site": { "description": "Site id: 1 to 64 of a-z, 0-9 and -" } },
            "messages": { "welcome": { "contentType": "application/json", "payload": reference("welcome") } },
            "bindings": { "mqtt": { "qos": 1, "retain": false, "bindingVersion": "0.2.0" } },
        }),
    );
    channels.insert(
        "site_chunk".to_owned(),
        json!({
            "address": format!("{ROOT}/site/{{site}}/chunk/{{release}}"),
            "description": "A parcel of pieces that several devices of the site are fetching, sent once.",
            "parameters": {
                "site": { "description": "Site id: 1 to 64 of a-z, 0-9 and -" },
                "release": { "description": "First 32 hex digits of the release's name" },
            },
            "messages": { "site_chunk": parcel() },
            "bindings": { "mqtt": { "qos": 0, "retain": false, "bindingVersion": "0.2.0" } },
        }),
    );
    operations.insert(
        "send_site_chunk".to_owned(),
        json!({ "action": "send", "channel": { "$ref": "#/channels/site_chunk" } }),
    );
    operations
        .insert("send_welcome".to_owned(), json!({ "action": "send", "channel": { "$ref": "#/channels/welcome" } }));
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Pingfeng: device and hub",
            "version": crate::VERSION.to_string(),
            "description": format!(
                "MQTT 5 over TLS with a client certificate whose common name is the device id. \
                 Packets have at most {} bytes, a parcel {} bytes of pieces, a want {} names, a rec message {} records of at most {} bytes. \
                 Receivers ignore unknown fields. Generated from `pingfeng_wire`; do not edit.",
                limits::PACKET_BYTES_MAX, limits::PARCEL_BYTES_MAX, limits::WANT_NAMES_MAX, limits::RECORDS_MAX,
                limits::RECORD_BYTES_MAX,
            ),
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
    })
}

fn parcel() -> Value {
    json!({ "contentType": "application/octet-stream", "payload": { "type": "string", "format": "binary" } })
}

struct Message {
    /// Name of its schema; `None`: raw bytes.
    payload: Option<&'static str>,
    about: &'static str,
    retain: bool,
    quality: u8,
}

fn message(topic: DeviceTopic) -> Message {
    let json = |payload, retain, quality, about| Message { payload: Some(payload), about, retain, quality };
    match topic {
        DeviceTopic::Target => json("target", true, 1, "What the device should run. Its revision only rises."),
        DeviceTopic::Cmd => json("command", false, 1, "An order, with message expiry. A device acts once on each id."),
        DeviceTopic::Chunk => {
            let about = "A parcel of pieces that the device wanted; see docs/formats/release.md.";
            Message { payload: None, about, retain: false, quality: 0 }
        }
        DeviceTopic::Ack => json("ack", false, 1, "Records that the hub has committed, or refuses for good."),
        DeviceTopic::Report => {
            json("report", true, 1, "What the device runs, and why. On every change, at least once a minute.")
        }
        DeviceTopic::Rec => {
            json("records", false, 1, "Records, in order. Sent again until acknowledged by an ack message.")
        }
        DeviceTopic::Want => json("want", false, 0, "Asks for pieces or documents of trust. Asked again when they do not come."),
        DeviceTopic::Trust => json("trust-documents", false, 1, "Roots and the roster, signed; the device checks them."),
        DeviceTopic::Renew => json("renewal", false, 1, "Asks for a new certificate before the present one ends."),
        DeviceTopic::Renewed => json("renewed", false, 1, "The new certificate."),
        DeviceTopic::Receipt => json("receipt", false, 1, "What became of an order."),
        DeviceTopic::Presence => json("presence", true, 1, "Whether the device is connected; also its will."),
    }
}

fn schemas(settings: &SchemaSettings) -> BTreeMap<&'static str, Value> {
    fn of<T: JsonSchema>(settings: &SchemaSettings) -> Value {
        SchemaGenerator::new(settings.clone()).into_root_schema_for::<T>().to_value()
    }
    BTreeMap::from([
        ("target", of::<Target>(settings)),
        ("command", of::<Command>(settings)),
        ("ack", of::<Ack>(settings)),
        ("report", of::<Report>(settings)),
        ("records", of::<Records>(settings)),
        ("want", of::<Want>(settings)),
        ("receipt", of::<Receipt>(settings)),
        ("presence", of::<Presence>(settings)),
        ("welcome", of::<Welcome>(settings)),
        ("trust-documents", of::<TrustDocuments>(settings)),
        ("renewal", of::<Renewal>(settings)),
        ("renewed", of::<Renewed>(settings)),
        ("enrol-request", of::<enrol::EnrolRequest>(settings)),
        ("enrol-response", of::<enrol::EnrolResponse>(settings)),
    ])
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("./{schema}.schema.json") })
}

fn pretty(value: &Value) -> String {
    // A `Value` always becomes JSON.
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Set it to write the files instead of comparing them.
    const UPDATE: &str = "PINGFENG_UPDATE_DOCS";

    #[test]
    fn the_wire_documents_in_docs_are_fresh() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/wire");
        let files = files();
        if std::env::var_os(UPDATE).is_some() {
            fs::create_dir_all(&folder).unwrap();
            for (name, text) in &files {
                fs::write(folder.join(name), text).unwrap();
            }
        }
        for (name, text) in &files {
            let found = fs::read_to_string(folder.join(name)).unwrap_or_default();
            assert!(found == *text, "docs/wire/{name} is stale; {UPDATE}=1 cargo test -p pingfeng_wire writes it");
        }
        let known = |name: &str| files.contains_key(name) || name == "README.md";
        for entry in fs::read_dir(&folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(known(&name), "docs/wire/{name} is made by nothing");
        }
    }

    #[test]
    fn every_reference_of_the_document_leads_somewhere() {
        let files = files();
        let text = &files["asyncapi.json"];
        let references: Vec<_> = text.split("\"$ref\": \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(references.len() > 15);
        let document = asyncapi();
        for reference in references {
            let found = match reference.strip_prefix('#') {
                Some(pointer) => document.pointer(pointer).is_some(),
                None => files.contains_key(reference.trim_start_matches("./")),
            };
            assert!(found, "{reference} leads nowhere");
        }
    }

    #[test]
    fn every_topic_of_a_device_is_a_channel() {
        let document = asyncapi();
        for topic in DeviceTopic::UP.into_iter().chain(DeviceTopic::DOWN) {
            let address = document["channels"][topic.name()]["address"].as_str().unwrap().to_owned();
            assert!(address.starts_with(&crate::topic::device("{device}", topic)), "{address}");
        }
    }
}

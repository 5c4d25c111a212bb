//! JSON Schemas of the document kinds, made from the types. Editors complete from them, [`crate::shape`] checks with
//! them, `docs/formats/schema/` keeps them as files.

use std::sync::OnceLock;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{
    kinds::scene_schema,
    model::{Bank, Exhibition, MediaList, Scene, Sources},
};

/// Kinds of documents that are no scenes.
const OTHERS: [&str; 4] = ["exhibition", "sources", "media", "bank"];

/// Every `kind:`, the manifest first.
pub const KINDS: [&str; OTHERS.len() + Scene::KINDS.len()] = {
    let mut all = [""; OTHERS.len() + Scene::KINDS.len()];
    let mut at = 0;
    while at < all.len() {
        all[at] = if at < OTHERS.len() { OTHERS[at] } else { Scene::KINDS[at - OTHERS.len()] };
        at += 1;
    }
    all
};

/// The schema of a document of this kind, with `kind` itself; `None` for a word that is no kind.
pub fn schema(kind: &str) -> Option<&'static Value> {
    static ALL: OnceLock<Vec<(&'static str, Value)>> = OnceLock::new();
    let all = ALL.get_or_init(|| KINDS.iter().filter_map(|kind| Some((*kind, make(kind)?))).collect());
    all.iter().find(|(name, _)| *name == kind).map(|(_, schema)| schema)
}

fn make(kind: &str) -> Option<Value> {
    Some(match kind {
        "exhibition" => with_kind::<Exhibition>(kind),
        "sources" => with_kind::<Sources>(kind),
        "media" => with_kind::<MediaList>(kind),
        "bank" => with_kind::<Bank>(kind),
        _ => return scene_schema(kind),
    })
}

pub(crate) fn with_kind<T: JsonSchema>(kind: &str) -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<T>().to_value();
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".into(), json!(format!("kind: {kind}")));
        let mut properties = Map::new();
        properties.insert("kind".into(), json!({ "description": "The kind of document.", "const": kind }));
        if let Some(Value::Object(own)) = root.remove("properties") {
            properties.extend(own);
        }
        root.insert("properties".into(), Value::Object(properties));
        let mut required = vec![json!("kind")];
        if let Some(Value::Array(own)) = root.remove("required") {
            required.extend(own);
        }
        root.insert("required".into(), Value::Array(required));
    }
    close(&mut schema);
    schema
}

/// Says for tagged objects that other keys are mistakes. `deny_unknown_fields` cannot be put on types that are
/// flattened together, so the derive leaves these open.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.get("type").is_some_and(|kind| kind == "object")
                && (object.contains_key("oneOf") || object.contains_key("$ref"))
            {
                object.insert("unevaluatedProperties".into(), json!(false));
            }
            object.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

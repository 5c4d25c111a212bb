//! The schema files are those of the types, and say nothing that the checks do not understand.

use std::fs;

use pingfeng_content::{KINDS, schema};
use serde_json::Value;

use crate::root;

#[test]
fn schema_files_are_fresh() {
    let folder = root().join("docs/formats/schema");
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    for kind in KINDS {
        let path = folder.join(format!("{kind}.json"));
        let fresh = serde_json::to_string_pretty(schema(kind).unwrap()).unwrap() + "\n";
        if update {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, fresh).unwrap();
        } else {
            let kept = fs::read_to_string(&path).unwrap_or_default();
            assert!(kept == fresh, "{} is not fresh: run `pingfengctl schema`", path.display());
        }
    }
    let files = fs::read_dir(&folder).unwrap().count();
    assert_eq!(files, KINDS.len(), "a file without a kind in {}", folder.display());
}

/// Keywords that the walk in `shape.rs` acts on or may pass over.
const KNOWN: [&str; 22] = [
    "$schema",
    "$ref",
    "$defs",
    "title",
    "description",
    "default",
    "type",
    "format",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "items",
    "properties",
    "required",
    "additionalProperties",
    "unevaluatedProperties",
    "oneOf",
    "anyOf",
    "const",
    "enum",
    "kind",
];

#[test]
fn schemas_use_nothing_that_the_check_passes_over() {
    fn walk(value: &Value, names: bool, at: &str) {
        match value {
            Value::Object(object) => {
                for (key, below) in object {
                    assert!(names || KNOWN.contains(&key.as_str()), "{at}/{key} is not handled in shape.rs");
                    // Below these the keys are names of ours, or a value.
                    let names_below = !names && ["properties", "$defs"].contains(&key.as_str());
                    if names || key != "default" {
                        walk(below, names_below, &format!("{at}/{key}"));
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, false, at)),
            _ => {}
        }
    }
    for kind in KINDS {
        walk(schema(kind).unwrap(), false, kind);
    }
}

//! Descriptions of the types that live in `pingfeng_wire`. They are described there once, as JSON Schema; OpenAPI 3.1
//! takes JSON Schema as it is, so they are put into the document at the end and referred to by name before.

use pingfeng_wire::{Order, Outcome, Report, Want, enrol};
use serde_json::{Map, Value};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{OpenApi, Ref, RefOr, schema::Schema},
};

macro_rules! by_name {
    ($($marker:ident = $name:literal;)*) => {$(
        /// Stands for the type of the wire in descriptions of bodies.
        pub(super) struct $marker;

        impl PartialSchema for $marker {
            fn schema() -> RefOr<Schema> {
                Ref::from_schema_name($name).into()
            }
        }

        impl ToSchema for $marker {
            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
        }
    )*};
}

by_name! {
    WireOrder = "Order";
    WireEnrolRequest = "EnrolRequest";
    WireEnrolResponse = "EnrolResponse";
    WireWant = "Want";
}

/// Refers to [`Report`] in descriptions of fields.
pub fn report() -> RefOr<Schema> {
    Ref::from_schema_name("Report").into()
}

/// Refers to [`Order`].
pub fn order() -> RefOr<Schema> {
    Ref::from_schema_name("Order").into()
}

/// Refers to [`Outcome`].
pub fn outcome() -> RefOr<Schema> {
    Ref::from_schema_name("Outcome").into()
}

/// The document with the types of the wire in it.
pub(super) fn complete(openapi: OpenApi) -> Value {
    // Only strings, numbers and maps with string keys are in it.
    #[expect(clippy::expect_used, reason = "the line above")]
    let mut document = serde_json::to_value(openapi).expect("a description is JSON");
    let mut wire = Map::new();
    for schema in [
        schemars::schema_for!(Report),
        schemars::schema_for!(Order),
        schemars::schema_for!(Outcome),
        schemars::schema_for!(enrol::EnrolRequest),
        schemars::schema_for!(enrol::EnrolResponse),
        schemars::schema_for!(Want),
    ] {
        let Value::Object(mut schema) = schema.to_value() else { continue };
        schema.remove("$schema");
        if let Some(Value::Object(definitions)) = schema.remove("$defs") {
            wire.extend(definitions);
        }
        if let Some(Value::String(title)) = schema.remove("title") {
            wire.insert(title, Value::Object(schema));
        }
    }
    for schema in wire.values_mut() {
        repoint(schema);
    }
    // The router's `{*path}` takes slashes; the description has no word for that.
    if let Some(Value::Object(paths)) = document.get_mut("paths") {
        *paths = std::mem::take(paths).into_iter().map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    }
    if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
        schemas.extend(wire);
        schemas.sort_keys();
    }
    document
}

/// `#/$defs/X` becomes `#/components/schemas/X`.
fn repoint(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get_mut("$ref")
                && let Some(name) = reference.strip_prefix("#/$defs/")
            {
                *reference = format!("#/components/schemas/{name}");
            }
            map.values_mut().for_each(repoint);
        }
        Value::Array(list) => list.iter_mut().for_each(repoint),
        _ => {}
    }
}

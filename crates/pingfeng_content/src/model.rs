//! The document types. Each is plain data: what an editor writes in YAML is what serde reads here and what travels as
//! JSON. Unknown keys are errors everywhere. Positions are found by path in `check`, so that these types stay free
//! of spans.

mod bank;
mod exhibition;
mod ids;
mod media;
mod scene;
mod text;

pub use bank::*;
pub use exhibition::*;
pub use ids::*;
pub use media::*;
pub use scene::*;
pub use text::*;

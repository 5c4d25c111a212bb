//! Names inside an exhibition. Ids are ASCII (`a-z`, `0-9`, `-`, `_`): they appear in topics, file names and addresses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The id as written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// Names one scene document.
    SceneId
);
id!(
    /// Names one entry of the media list.
    MediaId
);
id!(
    /// Names one entry of the source list.
    SourceId
);
id!(
    /// Names one quiz bank document.
    BankId
);
id!(
    /// Names one question inside all banks.
    QuestionId
);
id!(
    /// Names a piece inside its list: an event, an option, a region, an era.
    PieceId
);

/// True for 1 to 64 characters of `a-z`, `0-9`, `-` and `_`, starting with a letter or digit.
pub fn id_is_valid(id: &str) -> bool {
    let mut bytes = id.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && id.len() <= crate::limits::ID_CHARS_MAX
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

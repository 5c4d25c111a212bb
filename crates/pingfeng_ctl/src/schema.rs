//! `pingfengctl schema`.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use pingfeng_content::{KINDS, schema};

pub(crate) fn write(out: &Path) -> Result<()> {
    fs::create_dir_all(out).with_context(|| out.display().to_string())?;
    for kind in KINDS {
        let Some(schema) = schema(kind) else { continue };
        let path = out.join(format!("{kind}.json"));
        let text = serde_json::to_string_pretty(schema)? + "\n";
        fs::write(&path, text).with_context(|| path.display().to_string())?;
        println!("{}", path.display());
    }
    Ok(())
}

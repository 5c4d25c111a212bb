//! `pingfengctl pack`, `verify` and `diff`.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::{Context, Result, bail};
use pingfeng_content::Lang;
use pingfeng_release::{
    Manifest,
    pack::{self, Pack, PackError},
};

use crate::{
    release::{Release, bytes},
    show,
};

/// Writes a pack beside its name and renames it, so that nobody finds half of one.
pub(crate) fn pack(folder: &Path, out: &Path, lang: Lang) -> Result<bool> {
    let Release::Folder { release, manifest_bytes } = Release::open(folder)? else {
        bail!("{} is a pack already", folder.display());
    };
    let part = out.with_extension("part");
    let file = File::create(&part).with_context(|| part.display().to_string())?;
    let progress = show::Progress::new(lang);
    let total = total_bytes(release.manifest());
    let mut writer = BufWriter::new(file);
    let packed = pack::pack(&release, &manifest_bytes, &mut writer, &mut |done| progress.bytes(done, total));
    progress.clear();
    let packed = match packed {
        Ok(packed) => packed,
        Err(error) => {
            // Half a pack helps nobody.
            let _ = fs::remove_file(&part);
            return Err(error).with_context(|| folder.display().to_string());
        }
    };
    writer.flush()?;
    writer.get_ref().sync_all()?;
    fs::rename(&part, out).with_context(|| out.display().to_string())?;
    println!("{}", release.id());
    match lang {
        Lang::ZhCn => eprintln!("{}：{} 个块，共 {}，打包后 {}", out.display(), packed.pieces, bytes(packed.piece_bytes), bytes(packed.pack_bytes)),
        Lang::En => eprintln!("{}: {} pieces of {}, {} packed", out.display(), packed.pieces, bytes(packed.piece_bytes), bytes(packed.pack_bytes)),
    }
    Ok(true)
}

/// True if every file of a pack is whole.
pub(crate) fn verify(path: &Path, lang: Lang) -> Result<bool> {
    let opened = Pack::open(path).and_then(|pack| {
        let total = total_bytes(&pack.manifest()?.0);
        let progress = show::Progress::new(lang);
        let bad = pack.verify(&mut |done| progress.bytes(done, total));
        progress.clear();
        Ok((pack.release().clone(), total, bad?))
    });
    let (release, total, bad) = match opened {
        Ok(checked) => checked,
        Err(PackError::Io(error)) => return Err(error).with_context(|| path.display().to_string()),
        Err(error) => {
            println!("{}: {error}", path.display());
            return Ok(false);
        }
    };
    for (file, error) in &bad {
        println!("{file}: {error}");
    }
    match (lang, bad.len()) {
        (Lang::ZhCn, 0) => println!("{release} 完好，{}", bytes(total)),
        (Lang::ZhCn, n) => println!("{release} 有 {n} 个文件不完整：重新打包或重新拷贝"),
        (Lang::En, 0) => println!("{release} is whole, {}", bytes(total)),
        (Lang::En, n) => println!("{release}: {n} files are not whole: pack or copy it again"),
    }
    Ok(bad.is_empty())
}

/// Says what is new from one release to another, and what a screen that has the first would fetch for the second.
pub(crate) fn diff(old: &Path, new: &Path, json: bool, lang: Lang) -> Result<bool> {
    let (old, new_release) = (Release::open(old)?, Release::open(new)?);
    let (before, after) = (&old.manifest().files, &new_release.manifest().files);
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).filter(|_| !json).collect();
    for path in paths {
        match (before.get(path), after.get(path)) {
            (None, Some(entry)) => println!("+ {path}  {}", bytes(entry.size_bytes)),
            (Some(_), None) => println!("- {path}"),
            (Some(a), Some(b)) if a.blob != b.blob => println!("~ {path}  {} → {}", bytes(a.size_bytes), bytes(b.size_bytes)),
            _ => {}
        }
    }
    let Release::Pack { pack, .. } = &new_release else {
        match lang {
            Lang::ZhCn => eprintln!("要知道传输量，请把新版本打包：pingfengctl pack"),
            Lang::En => eprintln!("pack the new release to see what it costs to fetch: pingfengctl pack"),
        }
        return Ok(old.id() == new_release.id());
    };
    let cost = pack::cost(pack, &*old.pieces()?)?;
    match lang {
        _ if json => println!("{}", serde_json::to_string(&cost)?),
        Lang::ZhCn => println!("需取 {} 个块，{}，往返 {} 次", cost.pieces, bytes(cost.stored_bytes), cost.rounds),
        Lang::En => println!("{} pieces to fetch, {}, in {} round trips", cost.pieces, bytes(cost.stored_bytes), cost.rounds),
    }
    Ok(old.id() == new_release.id())
}

fn total_bytes(manifest: &Manifest) -> u64 {
    manifest.files.values().map(|file| file.size_bytes).sum()
}

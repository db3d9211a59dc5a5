//! `files` of a component: copied once into a folder of its own, which the component sees read-only as `/`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use crate::manifest::{Component, Files};

/// The mounted folder, or none when the component lists no files.
pub(crate) fn mount(component: &Component, directory: &Path) -> anyhow::Result<Option<TempDir>> {
    if component.files.is_empty() {
        return Ok(None);
    }
    let mounted = TempDir::with_prefix("edge-files-")?;
    let mut excluded = BTreeSet::new();
    for pattern in &component.exclude_files {
        excluded.extend(matches(directory, pattern)?);
    }
    for entry in &component.files {
        match entry {
            Files::Glob(pattern) => {
                for file in matches(directory, pattern)? {
                    let relative = file
                        .strip_prefix(directory)
                        .with_context(|| format!("`{pattern}` leaves the manifest's folder"))?;
                    copy(&file, &mounted.path().join(relative), &excluded)?;
                }
            }
            Files::Mount {
                source,
                destination,
            } => {
                let source = directory.join(source);
                ensure!(
                    source.exists(),
                    "{} in `files` does not exist",
                    source.display()
                );
                copy_tree(
                    &source,
                    &mounted.path().join(destination.trim_start_matches('/')),
                    &excluded,
                )?;
            }
        }
    }
    Ok(Some(mounted))
}

fn matches(directory: &Path, pattern: &str) -> anyhow::Result<Vec<PathBuf>> {
    let absolute = directory.join(pattern);
    let absolute = absolute
        .to_str()
        .context("a path in `files` is not UTF-8")?;
    let found = glob::glob(absolute)
        .with_context(|| format!("glob `{pattern}`"))?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(found.into_iter().filter(|path| path.is_file()).collect())
}

fn copy_tree(
    source: &Path,
    destination: &Path,
    excluded: &BTreeSet<PathBuf>,
) -> anyhow::Result<()> {
    if source.is_file() {
        return copy(source, destination, excluded);
    }
    fs::create_dir_all(destination)?;
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        copy_tree(
            &entry.path(),
            &destination.join(entry.file_name()),
            excluded,
        )?;
    }
    Ok(())
}

fn copy(source: &Path, destination: &Path, excluded: &BTreeSet<PathBuf>) -> anyhow::Result<()> {
    if excluded.contains(source) {
        return Ok(());
    }
    if let Some(folder) = destination.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(source, destination)
        .with_context(|| format!("cannot copy {}", source.display()))
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Manifest;

    #[test]
    fn globs_keep_their_path_mounts_get_theirs_and_exclusions_hold_for_both() {
        let folder = TempDir::new().expect("a folder");
        for file in [
            "assets/a.css",
            "assets/a.css.map",
            "dist/index.html",
            "dist/deep/app.js.map",
            "dist/deep/app.js",
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("created");
            fs::write(path, file).expect("written");
        }
        let text = "spin_manifest_version = 2\n[application]\nname = \"app\"\n[[trigger.http]]\nroute = \"/\"\ncomponent = \"a\"\n\
            [component.a]\nsource = \"a.wasm\"\nfiles = [\"assets/**/*\", { source = \"dist\", destination = \"/www\" }]\n\
            exclude_files = [\"**/*.map\"]";
        let manifest = Manifest::parse(text, folder.path()).expect("valid");
        let mounted = mount(&manifest.components["a"], folder.path())
            .expect("mounted")
            .expect("has files");
        let exists = |path: &str| mounted.path().join(path).exists();
        assert!(exists("assets/a.css") && exists("www/index.html") && exists("www/deep/app.js"));
        assert!(!exists("assets/a.css.map") && !exists("www/deep/app.js.map"));
    }
}

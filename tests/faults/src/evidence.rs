//! What a round left behind, in a form that two rounds can be compared by.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};
use shared::{
    asset::Asset,
    cenc::Tier,
    hls::{self, Viewpoint},
};

use crate::world::World;

/// What a round left behind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// SHA-256 of every published file, by its key.
    pub(crate) files: BTreeMap<String, String>,
    /// SHA-256 over every playlist of every film, as every tier sees it.
    pub(crate) playlists: String,
    /// Intermediate files, without what differs by upload.
    work: Vec<String>,
    /// Tasks, titles and tracks, as rows of text.
    rows: BTreeSet<String>,
    pub(crate) attempts: u64,
    pub(crate) lost: u64,
}

/// Reads what a round left behind, after it has ended. What can be wrong within one round is checked here.
pub(crate) async fn gather(world: &World) -> Result<Evidence> {
    let unfinished = world
        .query("SELECT state, reasons FROM jobs WHERE state <> 'ready'")
        .await?;
    ensure!(unfinished.is_empty(), "a job is not ready: {unfinished}");
    let none = [
        ("a task is not done", "tasks WHERE state <> 'done'"),
        ("an attempt never ended", "task_attempts WHERE ended_at IS NULL"),
        (
            "a task was not done exactly once",
            "(SELECT count(*) FILTER (WHERE outcome = 'done') AS times FROM tasks LEFT JOIN task_attempts USING (task_id)
              GROUP BY task_id) t WHERE times <> 1",
        ),
    ];
    for (problem, what) in none {
        let count = world.query(&format!("SELECT count(*) FROM {what}")).await?;
        ensure!(count == "0", "{problem}: {count}");
    }
    let left = files(&world.scratch())?;
    let left: Vec<_> = left
        .iter()
        .filter(|file| file.strip_suffix(".lock").is_none())
        .collect();
    ensure!(left.is_empty(), "the worker left files behind: {left:?}");
    let objects = world.objects();
    let mut published = BTreeMap::new();
    let mut work = Vec::new();
    for key in files(&objects)? {
        if key.starts_with("assets/") || key.starts_with("artwork/") {
            let bytes = std::fs::read(objects.join(&key))?;
            published.insert(key, hex::encode(Sha256::digest(bytes)));
        } else if key.starts_with("work/") {
            work.push(anonymous(&key));
        }
    }
    work.sort();
    let number = async |sql: &str| -> Result<u64> { Ok(world.query(sql).await?.parse()?) };
    Ok(Evidence {
        playlists: playlists(&objects, &published)?,
        files: published,
        work,
        rows: rows(world).await?,
        attempts: number("SELECT count(*) FROM task_attempts").await?,
        lost: number("SELECT count(*) FROM task_attempts WHERE outcome <> 'done'").await?,
    })
}

/// What PostgreSQL says of the films: every row once, and the same rows in every round.
async fn rows(world: &World) -> Result<BTreeSet<String>> {
    let mut rows = BTreeSet::new();
    for sql in [
        "SELECT 'task', content_id, kind, ordinal, t.state, count(*) FROM tasks t JOIN jobs USING (job_id) GROUP BY 1, 2, 3, 4, 5",
        "SELECT 'title', content_id, status, current_version, duration_ms FROM content",
        "SELECT 'asset', content_id, version, duration_ms, key_seed, count(*) OVER () FROM assets",
        "SELECT 'rendition', content_id, version, rendition, size_bytes, count(*) OVER () FROM renditions",
        "SELECT 'audio', content_id, version, track, count(*) OVER () FROM audio_tracks",
    ] {
        rows.extend(world.query(sql).await?.lines().map(str::to_owned));
    }
    Ok(rows)
}

/// The playlists as the edge writes them: from `asset.json` and nothing else.
fn playlists(objects: &Path, published: &BTreeMap<String, String>) -> Result<String> {
    let mut hash = Sha256::new();
    for key in published.keys().filter(|key| key.ends_with("/asset.json")) {
        let asset: Asset = serde_json::from_slice(&std::fs::read(objects.join(key))?)?;
        for tier in [Tier::Sd, Tier::Hd, Tier::Uhd] {
            let viewpoint = Viewpoint::new(tier);
            hash.update(hls::multivariant(&asset, &viewpoint));
            for id in hls::rendition_ids(&asset, &viewpoint) {
                let playlist = hls::media_playlist(&asset, &id, "", &viewpoint)
                    .with_context(|| format!("{id} has no playlist"))?;
                hash.update(playlist);
            }
        }
    }
    Ok(hex::encode(hash.finalize()))
}

/// Every file below a folder. What a killed process had half written has a name of its own (`#` and a number), by which nobody reads it.
fn files(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path
                .strip_prefix(root)?
                .to_str()
                .context("UTF-8")?
                .to_owned();
            if !name.contains('#') {
                found.push(name);
            }
        }
    }
    Ok(found)
}

/// Job ids differ from round to round, and so does what was hashed from the upload's key.
fn anonymous(key: &str) -> String {
    let file = key.rsplit('/').next().unwrap_or(key);
    let is_hash =
        |word: &&str| word.len() == 24 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let stem: Vec<&str> = file
        .split(['-', '.'])
        .filter(|word| !is_hash(word))
        .collect();
    stem.join("-")
}

impl Evidence {
    /// Says what differs from an undisturbed round, if anything does.
    pub(crate) fn compare(&self, found: &Self) -> Result<()> {
        let keys: BTreeSet<&String> = self.files.keys().chain(found.files.keys()).collect();
        let differing: Vec<_> = keys
            .into_iter()
            .filter(|key| self.files.get(*key) != found.files.get(*key))
            .collect();
        ensure!(
            differing.is_empty(),
            "published files differ: {differing:?}"
        );
        ensure!(self.playlists == found.playlists, "playlists differ");
        let rows: Vec<_> = self.rows.symmetric_difference(&found.rows).collect();
        ensure!(rows.is_empty(), "rows differ: {rows:?}");
        ensure!(
            self.work == found.work,
            "intermediate files differ: {:?} instead of {:?}",
            found.work,
            self.work
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_byte_a_missing_file_and_a_doubled_row_are_noticed() {
        let good = || Evidence {
            files: BTreeMap::from([("assets/a".to_owned(), "1".to_owned())]),
            playlists: "p".to_owned(),
            work: vec!["c0".to_owned()],
            rows: BTreeSet::from(["task|1".to_owned()]),
            attempts: 1,
            lost: 0,
        };
        let others: [fn(&mut Evidence); 5] = [
            |other| other.files.clear(),
            |other| other.playlists.push('x'),
            |other| other.work.push("c0".to_owned()),
            |other| {
                other.rows.insert("task|2".to_owned());
            },
            |other| drop(other.files.insert("assets/a".to_owned(), "2".to_owned())),
        ];
        assert!(
            good()
                .compare(&Evidence {
                    attempts: 9,
                    lost: 8,
                    ..good()
                })
                .is_ok()
        );
        for change in others {
            let mut other = good();
            change(&mut other);
            assert!(good().compare(&other).is_err());
        }
    }

    #[test]
    fn names_are_compared_without_job_and_hash() {
        let key =
            "work/0190a2b4-0000-7000-8000-000000000001/c0-v234-145-0123456789abcdef01234567.mp4";
        assert_eq!(anonymous(key), "c0-v234-145-mp4");
    }
}

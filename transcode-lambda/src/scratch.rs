//! Scratch folders. Each process owns one slot of `WORK_DIR`, held by a file lock that the kernel releases when the process
//! dies in whatever way: so a start can clear what a killed predecessor left, and never what a living neighbour uses.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

/// More processes than this don't share a folder.
const SLOTS: usize = 256;

/// A claimed slot.
#[derive(Clone, Debug)]
pub struct Scratch {
    root: PathBuf,
    _lock: Arc<File>,
}

impl Scratch {
    /// Claims the first free slot and clears it.
    pub fn claim(work_dir: &Path) -> Result<Self> {
        let work_dir = std::path::absolute(work_dir)?;
        fs::create_dir_all(&work_dir)
            .with_context(|| format!("WORK_DIR {} can't be made", work_dir.display()))?;
        for slot in 0..SLOTS {
            let lock = File::create(work_dir.join(format!("slot-{slot}.lock")))?;
            if lock.try_lock().is_err() {
                continue;
            }
            let root = work_dir.join(format!("slot-{slot}"));
            if root.exists() {
                fs::remove_dir_all(&root)?;
            }
            fs::create_dir_all(&root)?;
            return Ok(Self {
                root,
                _lock: Arc::new(lock),
            });
        }
        bail!("all {SLOTS} slots of WORK_DIR are taken: give this worker a WORK_DIR of its own")
    }

    /// A folder that disappears when it is dropped.
    pub fn folder(&self) -> Result<TempDir> {
        tempfile::tempdir_in(&self.root).context("no scratch folder can be made in WORK_DIR")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_clears_a_dead_slot_and_leaves_a_living_one_alone() {
        let work_dir = tempfile::tempdir().unwrap();
        let first = Scratch::claim(work_dir.path()).unwrap();
        let folder = first.folder().unwrap().keep();
        let second = Scratch::claim(work_dir.path()).unwrap();
        assert_ne!(first.root, second.root);
        assert!(folder.exists());
        drop(first);
        let third = Scratch::claim(work_dir.path()).unwrap();
        assert!(!folder.exists());
        assert_eq!(third.root, folder.parent().unwrap());
    }
}

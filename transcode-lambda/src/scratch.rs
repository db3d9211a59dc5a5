//! Scratch folders. Each process owns one slot of `WORK_DIR`, held by a file lock that the kernel releases when the process
//! dies in whatever way: so a start can clear what a killed predecessor left, and never what a living neighbour uses.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result};
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
    /// Claims the first free slot, and clears every slot that no living process holds.
    pub fn claim(work_dir: &Path) -> Result<Self> {
        let work_dir = std::path::absolute(work_dir)?;
        let refused = || {
            format!(
                "WORK_DIR {} can't be written: set WORK_DIR to a folder of this user",
                work_dir.display()
            )
        };
        fs::create_dir_all(&work_dir).with_context(refused)?;
        let mut claimed = None;
        for slot in 0..SLOTS {
            let root = work_dir.join(format!("slot-{slot}"));
            if claimed.is_some() && !root.exists() {
                continue;
            }
            let lock =
                File::create(work_dir.join(format!("slot-{slot}.lock"))).with_context(refused)?;
            if lock.try_lock().is_err() {
                continue;
            }
            // Held while we clear it, so that a neighbour that starts now takes another one.
            if root.exists() {
                fs::remove_dir_all(&root).with_context(refused)?;
            }
            if claimed.is_none() {
                fs::create_dir_all(&root).with_context(refused)?;
                claimed = Some(Self {
                    root,
                    _lock: Arc::new(lock),
                });
            }
        }
        claimed.context("every slot of WORK_DIR is taken: give this worker a WORK_DIR of its own")
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

    #[test]
    fn one_start_clears_what_any_number_of_dead_processes_left() {
        let work_dir = tempfile::tempdir().unwrap();
        let several: Vec<_> = (0..3)
            .map(|_| Scratch::claim(work_dir.path()).unwrap())
            .collect();
        let folders: Vec<_> = several
            .iter()
            .map(|scratch| scratch.folder().unwrap().keep())
            .collect();
        let living = several.into_iter().next_back().unwrap();
        let next = Scratch::claim(work_dir.path()).unwrap();
        assert!(!folders[0].exists() && !folders[1].exists());
        assert!(folders[2].exists() && living.root != next.root);
    }
}

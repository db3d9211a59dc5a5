//! Where an asset lies: under its key in the object store, or in any folder that holds its files.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use shared::{
    asset::Asset,
    ids::{AssetVersion, ContentId},
};

use super::Expected;
use crate::{
    engine::{Engine, Target},
    failure::Refused,
    package::{ASSET_FILE, EXPECTED_FILE},
    store::Store,
};

/// Where an asset lies.
#[derive(Clone)]
pub struct Place {
    store: Store,
    /// What its files' keys begin with.
    prefix: String,
    /// What its packager left for us, where the job's folder is known.
    expected: Option<String>,
}

impl Place {
    /// A job's asset.
    pub fn of(engine: &Engine, target: Target) -> Self {
        Self {
            store: engine.store.clone(),
            prefix: target.asset_key(""),
            expected: Some(target.work_key(EXPECTED_FILE)),
        }
    }

    /// The root of `store` itself.
    pub fn root(store: Store) -> Self {
        Self {
            store,
            prefix: String::new(),
            expected: None,
        }
    }

    fn key(&self, file: &str) -> String {
        format!("{}{file}", self.prefix)
    }

    pub(super) async fn asset(&self) -> Result<Asset> {
        let bytes = self.read(&self.key(ASSET_FILE)).await?.ok_or_else(|| {
            Refused::because(
                "asset_missing",
                "The asset has no description: it was never packaged.",
                "Start the job again.",
            )
        })?;
        serde_json::from_slice(&bytes).map_err(|fault| {
            Refused::because(
                "asset_unreadable",
                format!("asset.json can't be read: {fault}."),
                "Start the job again.",
            )
            .into()
        })
    }

    /// `None` when the job's folder has expired: everything else can still be checked.
    pub(super) async fn expected(&self) -> Result<Option<Expected>> {
        let Some(key) = &self.expected else {
            return Ok(None);
        };
        let bytes = self.read(key).await?;
        bytes
            .map(|bytes| serde_json::from_slice(&bytes).context("expected.json can't be read"))
            .transpose()
    }

    /// A small text file; `None` when it is not there. What is no UTF-8 is read as if it were, and then breaks a rule.
    pub(super) async fn text(&self, file: &str) -> Result<Option<String>> {
        let bytes = self.read(&self.key(file)).await?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Whether a file is there.
    pub(super) async fn holds(&self, file: &str) -> Result<bool> {
        Ok(self.store.find_size(&self.key(file)).await?.is_some())
    }

    /// A media file, copied to `folder` where the store is no folder itself; `None` when it is not there.
    pub(super) async fn file(&self, file: &str, folder: &Path) -> Result<Option<PathBuf>> {
        let key = self.key(file);
        if !self.holds(file).await? {
            return Ok(None);
        }
        Ok(Some(self.store.local_file(&key, folder).await?))
    }

    async fn read(&self, key: &str) -> Result<Option<bytes::Bytes>> {
        match self.store.find_size(key).await? {
            Some(_) => Ok(Some(self.store.read(key).await?)),
            None => Ok(None),
        }
    }
}

/// Removes a copy that [`Place::file`] made in `folder`; the store's own files stay.
pub(super) fn forget(copy: &Path, folder: &Path) -> Result<()> {
    if copy.starts_with(folder) {
        std::fs::remove_file(copy)?;
    }
    Ok(())
}

/// An asset as operators name it: a folder with an `asset.json`, or `CONTENT/VERSION` with or without what stands around it
/// in object keys and addresses (`assets/…/asset.json`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A folder.
    Folder(PathBuf),
    /// A published version.
    Version(ContentId, AssetVersion),
}

impl std::str::FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let folder = Path::new(text.strip_suffix(ASSET_FILE).unwrap_or(text));
        if folder.join(ASSET_FILE).is_file() {
            return Ok(Self::Folder(folder.to_owned()));
        }
        let mut parts = text
            .trim_end_matches('/')
            .rsplit('/')
            .skip_while(|part| *part == ASSET_FILE);
        let version = parts.next().and_then(|part| part.parse().ok());
        let content = parts.next().and_then(|part| part.parse().ok());
        match (content, version) {
            (Some(content), Some(version)) => Ok(Self::Version(content, version)),
            _ => Err("neither a folder with an asset.json nor CONTENT/VERSION".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_named_by_its_folder_or_by_title_and_version() {
        let id = "0190a2b4-0000-7000-8000-000000000001";
        let version = Named::Version(id.parse().unwrap(), AssetVersion(3));
        for text in [
            format!("{id}/3"),
            format!("assets/{id}/3"),
            format!("assets/{id}/3/"),
            format!("assets/{id}/3/asset.json"),
        ] {
            assert_eq!(text.parse(), Ok(version.clone()), "{text}");
        }
        for text in ["", "film", "3", id, "3/3"] {
            assert!(text.parse::<Named>().is_err(), "{text}");
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(ASSET_FILE), "{}").unwrap();
        for text in [
            folder.path().display().to_string(),
            format!("{}/asset.json", folder.path().display()),
        ] {
            assert!(matches!(text.parse(), Ok(Named::Folder(_))), "{text}");
        }
    }
}

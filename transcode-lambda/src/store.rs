//! The object store: a folder or S3, behind one type. Every write is atomic: an object is there whole, or it is not there.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures::TryStreamExt;
use object_store::{
    Attribute, Attributes, ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions,
    WriteMultipart,
    aws::{AmazonS3, AmazonS3Builder},
    local::LocalFileSystem,
    path::Path as Key,
    signer::Signer,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;

/// Files above this are uploaded in parts.
const PART_BYTES: usize = 8 << 20;

/// ffmpeg reads an S3 master through a URL that is valid this long: as long as a Lambda or a lease can last, and more.
const SIGNED_FOR: Duration = Duration::from_secs(4 * 3600);

/// How S3 is reached.
#[derive(Clone, Debug, Default)]
pub struct S3Settings {
    /// `S3_ENDPOINT`; AWS when there is none.
    pub endpoint: Option<String>,
    /// `S3_REGION`.
    pub region: Option<String>,
    /// `S3_ACCESS_KEY_ID`; the machine's role when there is none.
    pub access_key_id: Option<String>,
    /// `S3_SECRET_ACCESS_KEY`.
    pub secret_access_key: Option<String>,
}

/// An object that was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Its key.
    pub key: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// How many.
    pub bytes: u64,
}

#[derive(Clone)]
enum Place {
    Folder(PathBuf),
    Bucket(Arc<AmazonS3>),
}

/// The object store.
#[derive(Clone)]
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    place: Place,
}

impl Store {
    /// Opens `file:///folder` (made when it is missing) or `s3://bucket`.
    pub fn open(url: &str, s3: &S3Settings) -> Result<Self> {
        let parsed = Url::parse(url).context("OBJECTS_URL is not a URL")?;
        match parsed.scheme() {
            "file" => {
                let folder = parsed
                    .to_file_path()
                    .map_err(|()| anyhow::anyhow!("OBJECTS_URL is not file:///absolute/path"))?;
                std::fs::create_dir_all(&folder)?;
                let folder = folder.canonicalize()?;
                let objects = LocalFileSystem::new_with_prefix(&folder)?;
                Ok(Self {
                    objects: Arc::new(objects),
                    place: Place::Folder(folder),
                })
            }
            "s3" => {
                let bucket = parsed.host_str().context("OBJECTS_URL names no bucket")?;
                let objects = Arc::new(bucket_of(bucket, s3)?);
                Ok(Self {
                    objects: objects.clone(),
                    place: Place::Bucket(objects),
                })
            }
            other => bail!("OBJECTS_URL has scheme {other}: use file:///folder or s3://bucket"),
        }
    }

    /// Bytes of an object; `None` when there is none.
    pub async fn find_size(&self, key: &str) -> Result<Option<u64>> {
        match self.objects.head(&Key::parse(key)?).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Keys in a folder, in order.
    pub async fn list(&self, folder: &str) -> Result<Vec<String>> {
        let folder = Key::parse(folder)?;
        let found = self.objects.list(Some(&folder));
        let mut keys: Vec<String> = found
            .map_ok(|meta| meta.location.to_string())
            .try_collect()
            .await?;
        keys.sort_unstable();
        Ok(keys)
    }

    /// What ffmpeg can read an object as: a path, or a URL that carries its own permission.
    pub async fn readable(&self, key: &str) -> Result<String> {
        let key = Key::parse(key)?;
        match &self.place {
            Place::Folder(folder) => Ok(folder.join(key.as_ref()).display().to_string()),
            Place::Bucket(bucket) => {
                let url = bucket
                    .signed_url(reqwest::Method::GET, &key, SIGNED_FOR)
                    .await?;
                Ok(url.into())
            }
        }
    }

    /// The object as a file: itself in a folder store, else a copy in `folder`.
    pub async fn local_file(&self, key: &str, folder: &Path) -> Result<PathBuf> {
        match &self.place {
            Place::Folder(root) => Ok(root.join(Key::parse(key)?.as_ref())),
            Place::Bucket(_) => {
                let name = hex::encode(&Sha256::digest(key.as_bytes())[..8]);
                let path = folder.join(name);
                let mut file = tokio::fs::File::create(&path).await?;
                let mut stream = self.objects.get(&Key::parse(key)?).await?.into_stream();
                while let Some(part) = stream.try_next().await? {
                    file.write_all(&part).await?;
                }
                file.flush().await?;
                Ok(path)
            }
        }
    }

    /// A small object's bytes.
    pub async fn read(&self, key: &str) -> Result<Bytes> {
        let found = self.objects.get(&Key::parse(key)?).await?;
        Ok(found.bytes().await?)
    }

    /// An object's first bytes.
    pub async fn read_start(&self, key: &str, bytes: u64) -> Result<Bytes> {
        if bytes == 0 {
            return Ok(Bytes::new());
        }
        Ok(self.objects.get_range(&Key::parse(key)?, 0..bytes).await?)
    }

    /// Hashes an object that may be there.
    pub async fn describe(&self, key: &str) -> Result<Option<Stored>> {
        let found = match self.objects.get(&Key::parse(key)?).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let bytes = found.meta.size;
        let mut hash = Sha256::new();
        let mut stream = found.into_stream();
        while let Some(part) = stream.try_next().await? {
            hash.update(&part);
        }
        Ok(Some(Stored {
            key: key.to_owned(),
            sha256: hex::encode(hash.finalize()),
            bytes,
        }))
    }

    /// Stores a file. An object with these very bytes is left alone.
    pub async fn put_file(&self, path: &Path, key: &str) -> Result<Stored> {
        let stored = hash_file(path, key).await?;
        if self.find_size(key).await? == Some(stored.bytes)
            && self.describe(key).await?.as_ref() == Some(&stored)
        {
            return Ok(stored);
        }
        let mut file = tokio::fs::File::open(path).await?;
        if stored.bytes <= PART_BYTES as u64 {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).await?;
            self.put(key, bytes.into()).await?;
            return Ok(stored);
        }
        let options = PutMultipartOptions {
            attributes: self.attributes(key),
            ..PutMultipartOptions::default()
        };
        let upload = self
            .objects
            .put_multipart_opts(&Key::parse(key)?, options)
            .await?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        let mut part = vec![0; 1 << 20];
        loop {
            let count = file.read(&mut part).await?;
            if count == 0 {
                break;
            }
            upload.wait_for_capacity(4).await?;
            upload.write(&part[..count]);
        }
        upload.finish().await?;
        Ok(stored)
    }

    /// Stores a file that nobody else needs: in a folder store by its name alone, where both lie on one disk.
    pub async fn move_file(&self, path: &Path, key: &str) -> Result<()> {
        if let Place::Folder(root) = &self.place {
            let object = root.join(Key::parse(key)?.as_ref());
            if let Some(folder) = object.parent() {
                tokio::fs::create_dir_all(folder).await?;
            }
            match tokio::fs::rename(path, &object).await {
                Err(error) if error.kind() == std::io::ErrorKind::CrossesDevices => {}
                renamed => return renamed.with_context(|| format!("{key} can't be written")),
            }
        }
        self.put_file(path, key).await.map(drop)
    }

    /// Stores bytes.
    pub async fn put_bytes(&self, bytes: Vec<u8>, key: &str) -> Result<Stored> {
        let stored = Stored {
            key: key.to_owned(),
            sha256: hex::encode(Sha256::digest(&bytes)),
            bytes: bytes.len() as u64,
        };
        self.put(key, bytes.into()).await?;
        Ok(stored)
    }

    async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        let options = PutOptions {
            attributes: self.attributes(key),
            ..PutOptions::default()
        };
        self.objects
            .put_opts(&Key::parse(key)?, bytes.into(), options)
            .await
            .with_context(|| format!("{key} can't be written"))?;
        Ok(())
    }

    /// What S3 answers with. A folder keeps no attributes.
    fn attributes(&self, key: &str) -> Attributes {
        let mut attributes = Attributes::new();
        if matches!(self.place, Place::Bucket(_)) {
            attributes.insert(Attribute::ContentType, content_type(key).into());
            if key.starts_with("assets/") || key.starts_with("artwork/") {
                let immutable = "public, max-age=31536000, immutable";
                attributes.insert(Attribute::CacheControl, immutable.into());
            }
        }
        attributes
    }
}

fn content_type(key: &str) -> &'static str {
    match key.rsplit_once('.').map(|(_, extension)| extension) {
        Some("mp4") => "video/mp4",
        Some("vtt") => "text/vtt",
        Some("jpg") => "image/jpeg",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

fn bucket_of(bucket: &str, s3: &S3Settings) -> Result<AmazonS3> {
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
    if let Some(endpoint) = &s3.endpoint {
        builder = builder
            .with_endpoint(endpoint)
            .with_allow_http(endpoint.starts_with("http://"));
    }
    if let Some(region) = &s3.region {
        builder = builder.with_region(region);
    }
    if let (Some(id), Some(secret)) = (&s3.access_key_id, &s3.secret_access_key) {
        builder = builder
            .with_access_key_id(id)
            .with_secret_access_key(secret);
    }
    Ok(builder.build()?)
}

async fn hash_file(path: &Path, key: &str) -> Result<Stored> {
    let mut file = tokio::fs::File::open(path)
        .await
        .with_context(|| format!("{} is missing", path.display()))?;
    let mut hash = Sha256::new();
    let mut bytes = 0;
    let mut part = vec![0; 1 << 20];
    loop {
        let count = file.read(&mut part).await?;
        if count == 0 {
            break;
        }
        bytes += count as u64;
        hash.update(&part[..count]);
    }
    Ok(Stored {
        key: key.to_owned(),
        sha256: hex::encode(hash.finalize()),
        bytes,
    })
}

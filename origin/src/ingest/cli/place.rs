//! A local file becomes an object: linked where that is possible, else copied; hashed on the way, never held whole.

use std::{
    io::{ErrorKind, Read, Write},
    path::Path,
};

use anyhow::Context;
use indicatif::ProgressBar;
use object_store::{ObjectStoreExt, WriteMultipart, aws::AmazonS3, path::Path as ObjectPath};
use sha2::{Digest, Sha256};

use crate::{config::ObjectsConfig, ingest::staging::part_bytes, objects};

const BUFFER_BYTES: usize = 4 << 20;
/// Parts on their way to S3 at once.
const PARTS_IN_FLIGHT: usize = 4;

/// Makes the file the object of that key and returns its SHA-256.
pub(super) async fn place(
    config: &ObjectsConfig,
    file: &Path,
    key: &str,
    bar: &ProgressBar,
) -> anyhow::Result<[u8; 32]> {
    bar.set_length(tokio::fs::metadata(file).await?.len());
    match (objects::bucket(config)?, config) {
        (Some(bucket), _) => into_bucket(&bucket, file, key, bar).await,
        (None, ObjectsConfig::Folder(root)) => {
            let (root, file, key, bar) =
                (root.clone(), file.to_owned(), key.to_owned(), bar.clone());
            tokio::task::spawn_blocking(move || into_folder(&root, &file, &key, &bar)).await?
        }
        (None, ObjectsConfig::S3 { .. }) => unreachable!("an S3 setting names a bucket"),
    }
}

/// Takes an object back whose job couldn't be written.
pub(super) async fn remove(config: &ObjectsConfig, key: &str) {
    let removed = async {
        anyhow::Ok(
            objects::open(config)?
                .delete(&ObjectPath::from(key))
                .await?,
        )
    };
    if let Err(error) = removed.await {
        tracing::warn!(
            error = format!("{error:#}"),
            key,
            "the master stays behind without a job"
        );
    }
}

fn into_folder(root: &Path, file: &Path, key: &str, bar: &ProgressBar) -> anyhow::Result<[u8; 32]> {
    let master = root.join(key);
    let folder = master.parent().expect("a master's key has a folder");
    std::fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    // A link costs nothing. Whoever writes into the file afterwards is found out: the probe compares the hash.
    match std::fs::hard_link(file, &master) {
        Ok(()) => {
            let mut source = std::fs::File::open(&master)?;
            return copy(&mut source, &mut std::io::sink(), bar);
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(error.into()),
        // Another file system, a file of somebody else's, a symbolic link: copied instead.
        Err(_) => {}
    }
    let uploads = root.join("uploads");
    std::fs::create_dir_all(&uploads)?;
    let mut staged = tempfile::NamedTempFile::new_in(&uploads)
        .context("creating a file in the object folder")?;
    let mut source =
        std::fs::File::open(file).with_context(|| format!("reading {}", file.display()))?;
    let sha256 = copy(&mut source, &mut staged, bar)?;
    staged.as_file().sync_all()?;
    staged
        .persist(&master)
        .context("moving the master into place")?;
    // The worker may be another user.
    open_to_readers(&master)?;
    Ok(sha256)
}

fn open_to_readers(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

fn copy(
    source: &mut impl Read,
    target: &mut impl Write,
    bar: &ProgressBar,
) -> anyhow::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let read = source.read(&mut buffer)?;
        if read == 0 {
            target.flush()?;
            return Ok(hash.finalize().into());
        }
        hash.update(&buffer[..read]);
        target.write_all(&buffer[..read])?;
        bar.inc(read as u64);
    }
}

async fn into_bucket(
    bucket: &AmazonS3,
    file: &Path,
    key: &str,
    bar: &ProgressBar,
) -> anyhow::Result<[u8; 32]> {
    use tokio::io::AsyncReadExt;
    let mut source = tokio::fs::File::open(file)
        .await
        .with_context(|| format!("reading {}", file.display()))?;
    let length = source.metadata().await?.len();
    let upload = bucket.put_multipart(&ObjectPath::from(key)).await?;
    let mut parts = WriteMultipart::new_with_chunk_size(upload, part_bytes(length));
    let mut hash = Sha256::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let read = source.read(&mut buffer).await?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        parts.wait_for_capacity(PARTS_IN_FLIGHT).await?;
        parts.write(&buffer[..read]);
        bar.inc(read as u64);
    }
    parts
        .finish()
        .await
        .context("completing the upload to S3")?;
    Ok(hash.finalize().into())
}

//! The object store: a folder or a bucket behind one type.

use std::{fs, sync::Arc};

use anyhow::Context;
use object_store::{
    ObjectStore,
    aws::{AmazonS3, AmazonS3Builder},
    local::LocalFileSystem,
};
use secrecy::ExposeSecret;

use crate::config::ObjectsConfig;

/// Opens the store that the settings name. A folder is made when it is missing; a bucket isn't touched.
pub fn open(config: &ObjectsConfig) -> anyhow::Result<Arc<dyn ObjectStore>> {
    if let Some(bucket) = bucket(config)? {
        return Ok(Arc::new(bucket));
    }
    let ObjectsConfig::Folder(path) = config else {
        unreachable!("what isn't a bucket is a folder");
    };
    fs::create_dir_all(path).context("creating the object folder")?;
    Ok(Arc::new(
        LocalFileSystem::new_with_prefix(path).context("opening the object folder")?,
    ))
}

/// The bucket that the settings name, if they name one: multipart uploads need S3's own type.
pub fn bucket(config: &ObjectsConfig) -> anyhow::Result<Option<AmazonS3>> {
    let ObjectsConfig::S3 {
        bucket,
        endpoint,
        region,
        access_key_id,
        secret_access_key,
    } = config
    else {
        return Ok(None);
    };
    // Without a key the builder asks the instance's or task's own role.
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(region);
    if let Some(endpoint) = endpoint {
        builder = builder
            .with_endpoint(endpoint)
            .with_allow_http(endpoint.starts_with("http://"));
    }
    if let (Some(id), Some(secret)) = (access_key_id, secret_access_key) {
        builder = builder
            .with_access_key_id(id.expose_secret())
            .with_secret_access_key(secret.expose_secret());
    }
    Ok(Some(builder.build().context("opening the bucket")?))
}

//! Keys and passwords of this machine's stack: made once, kept in one file that only its owner can read.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Clone)]
pub(crate) struct Secrets {
    pub(crate) postgres_password: String,
    pub(crate) admin_username: String,
    pub(crate) admin_password: String,
    /// Ed25519 seed of the session tokens, hex.
    pub(crate) session_signing_key: String,
    /// HS256 keys between our own processes, `kid:hex`.
    pub(crate) service_keys: String,
    /// HS256 keys of the playback tokens, `kid:hex`.
    pub(crate) playback_keys: String,
    /// Content key seeds, `number:hex`.
    pub(crate) content_key_seeds: String,
    pub(crate) kid_seed: String,
    pub(crate) objects_token: String,
    /// Lets `stack ctl` talk to a running stack.
    pub(crate) control_token: String,
}

impl Secrets {
    /// Reads `secrets.json` in `state_dir`, or makes it.
    pub(crate) fn load_or_create(state_dir: &Path) -> Result<Self> {
        let path = state_dir.join("secrets.json");
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .with_context(|| format!("{} is damaged; restore it (media is encrypted with its keys), or delete the folder to start over", path.display())),
            Err(missing) if missing.kind() == ErrorKind::NotFound => {
                let secrets = Self::generate()?;
                let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)
                    .with_context(|| format!("{} can't be written", path.display()))?;
                file.write_all(&serde_json::to_vec_pretty(&secrets)?)?;
                file.sync_all()?;
                Ok(secrets)
            }
            Err(other) => Err(other).with_context(|| format!("{} can't be read", path.display())),
        }
    }

    fn generate() -> Result<Self> {
        Ok(Self {
            postgres_password: random_hex(16)?,
            admin_username: "admin".to_owned(),
            admin_password: readable_password()?,
            session_signing_key: random_hex(32)?,
            service_keys: format!("svc1:{}", random_hex(32)?),
            playback_keys: format!("play1:{}", random_hex(32)?),
            content_key_seeds: format!("1:{}", random_hex(32)?),
            kid_seed: random_hex(32)?,
            objects_token: random_hex(32)?,
            control_token: random_hex(32)?,
        })
    }
}

fn random_bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|failure| anyhow::anyhow!("the system has no random numbers: {failure}"))?;
    Ok(bytes)
}

fn random_hex(length_bytes: usize) -> Result<String> {
    let bytes = random_bytes::<32>()?;
    Ok(hex::encode(&bytes[..length_bytes.min(32)]))
}

/// 16 letters and digits in groups, without look-alikes: 79 bits, and a person can type it.
fn readable_password() -> Result<String> {
    const LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let bytes = random_bytes::<16>()?;
    let letters: Vec<char> = bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 31)]))
        .collect();
    Ok(letters
        .chunks(4)
        .map(|group| group.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("-"))
}

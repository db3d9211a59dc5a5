//! Password and PIN hashes: argon2id, off the async threads, and never more at once than memory and cores bear.

use std::sync::{Arc, LazyLock};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Computes and checks hashes.
#[derive(Clone)]
pub struct Passwords(Arc<Semaphore>);

/// A hash that no password has: checking it costs what checking a real one costs, so that the time of an answer
/// doesn't tell which user names exist.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_blocking("no account has this password"));

impl Passwords {
    pub fn new(at_once: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once)))
    }

    /// A new hash, with a salt of its own.
    pub async fn hash(&self, password: SecretString) -> String {
        self.off_thread(move || hash_blocking(password.expose_secret()))
            .await
    }

    /// Whether the password has this hash. Without a hash (nobody has that name) it takes as long and is never true.
    pub async fn verify(&self, password: SecretString, hash: Option<String>) -> bool {
        self.off_thread(move || {
            let fits = argon2()
                .verify_password(
                    password.expose_secret().as_bytes(),
                    hash.as_deref().unwrap_or(&NOBODY),
                )
                .is_ok();
            fits && hash.is_some()
        })
        .await
    }

    async fn off_thread<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let permit = Arc::clone(&self.0)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        // The permit goes along: a caller that gave up must not make room for one more hash.
        spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await
        .expect("hashing doesn't panic")
    }
}

/// OWASP's second choice of parameters: 19 MiB, two passes, one lane.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("the parameters are in range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_blocking(password: &str) -> String {
    argon2()
        .hash_password(password.as_bytes())
        .expect("the system has randomness, and the salt's length is right")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_fits_its_password_only_and_nobodys_hash_fits_none() {
        let passwords = Passwords::new(1);
        let hash = passwords.hash("correct horse".into()).await;
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(
            passwords
                .verify("correct horse".into(), Some(hash.clone()))
                .await
        );
        assert!(!passwords.verify("wrong horse".into(), Some(hash)).await);
        assert!(
            !passwords
                .verify("no account has this password".into(), None)
                .await
        );
    }
}

//! Application variables, read and parsed once per instance.
//! Invariant: an error names the variable, never what it holds.

use std::{
    cell::{OnceCell, RefCell},
    collections::HashMap,
    rc::Rc,
    thread::LocalKey,
};

use shared::{
    cenc::{KidSeed, SeedRing},
    token::KeyRing,
};
use spin_sdk::variables;

use crate::Failure;

type Parsed<T> = OnceCell<Rc<T>>;

thread_local! {
    static TEXTS: RefCell<HashMap<&'static str, Rc<str>>> = RefCell::new(HashMap::new());
    static PLAYBACK_KEYS: Parsed<KeyRing> = const { OnceCell::new() };
    static SERVICE_KEYS: Parsed<KeyRing> = const { OnceCell::new() };
    static CONTENT_KEY_SEEDS: Parsed<SeedRing> = const { OnceCell::new() };
    static KID_SEED: Parsed<KidSeed> = const { OnceCell::new() };
}

/// A variable of this component.
pub async fn text(name: &'static str) -> Result<Rc<str>, Failure> {
    if let Some(text) = TEXTS.with_borrow(|texts| texts.get(name).cloned()) {
        return Ok(text);
    }
    let text: Rc<str> = match variables::get(name).await {
        Ok(text) => text.into(),
        Err(error) => return Err(Failure::internal(&format!("variable {name}: {error}"))),
    };
    TEXTS.with_borrow_mut(|texts| texts.insert(name, Rc::clone(&text)));
    Ok(text)
}

/// Whether viewers reach us over https, so that cookies must not travel otherwise.
pub async fn is_https() -> Result<bool, Failure> {
    Ok(text("public_origin").await?.starts_with("https://"))
}

/// The keys that sign and verify playback tokens.
pub async fn playback_keys() -> Result<Rc<KeyRing>, Failure> {
    parsed(&PLAYBACK_KEYS, "playback_keys", KeyRing::parse).await
}

/// The keys that sign service tokens.
pub async fn service_keys() -> Result<Rc<KeyRing>, Failure> {
    parsed(&SERVICE_KEYS, "service_keys", KeyRing::parse).await
}

/// The seeds of content keys.
pub async fn content_key_seeds() -> Result<Rc<SeedRing>, Failure> {
    parsed(&CONTENT_KEY_SEEDS, "content_key_seeds", SeedRing::parse).await
}

/// The seed of key ids.
pub async fn kid_seed() -> Result<Rc<KidSeed>, Failure> {
    parsed(&KID_SEED, "kid_seed", KidSeed::parse).await
}

async fn parsed<T, E: std::fmt::Display>(
    slot: &'static LocalKey<Parsed<T>>,
    name: &'static str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Rc<T>, Failure> {
    if let Some(value) = slot.with(|slot| slot.get().cloned()) {
        return Ok(value);
    }
    // Read past the text cache: a secret has one copy, the parsed one.
    let text = variables::get(name)
        .await
        .map_err(|error| Failure::internal(&format!("variable {name}: {error}")))?;
    let value = Rc::new(
        parse(&text).map_err(|error| Failure::internal(&format!("variable {name}: {error}")))?,
    );
    // Another request may have been first; both parsed the same text.
    Ok(slot.with(|slot| Rc::clone(slot.get_or_init(|| value))))
}

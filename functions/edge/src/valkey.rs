//! Valkey over one connection per instance, with a deadline, and one new connection when the old one broke.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use spin_sdk::redis::{Connection, RedisParameter, RedisResult};

use crate::{log, now_ms, settings, within};

/// For connecting and one command together.
const DEADLINE: Duration = Duration::from_millis(600);
/// After a deadline passed, nobody waits for it again for this long.
const PAUSE_MS: u64 = 1_000;

thread_local! {
    static CONNECTION: RefCell<Option<Rc<Connection>>> = const { RefCell::new(None) };
    static PAUSED_UNTIL_MS: Cell<u64> = const { Cell::new(0) };
}

/// Valkey can't be reached, or didn't answer in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Down;

/// One result, without the cases that no caller tells apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing there.
    Nil,
    /// An integer.
    Int(i64),
    /// A bulk string or a status.
    Text(Vec<u8>),
}

impl Value {
    /// The text, if it is one and is UTF-8.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(bytes) => std::str::from_utf8(bytes).ok(),
            Self::Nil | Self::Int(_) => None,
        }
    }

    /// The integer, also where it came as text.
    pub fn int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Text(_) => self.text()?.parse().ok(),
            Self::Nil => None,
        }
    }
}

impl From<RedisResult> for Value {
    fn from(result: RedisResult) -> Self {
        match result {
            RedisResult::Nil => Self::Nil,
            RedisResult::Status(text) => Self::Text(text.into_bytes()),
            RedisResult::Int64(number) => Self::Int(number),
            RedisResult::Binary(bytes) => Self::Text(bytes),
        }
    }
}

/// Runs a command. It may run twice when the connection breaks underway: only send what bears that.
pub async fn execute(command: &str, arguments: &[&str]) -> Result<Vec<Value>, Down> {
    if now_ms() < PAUSED_UNTIL_MS.get() {
        return Err(Down);
    }
    let had_connection = CONNECTION.with_borrow(Option::is_some);
    let attempts = if had_connection { 2 } else { 1 };
    for _ in 0..attempts {
        match within(DEADLINE, attempt(command, arguments)).await {
            Some(Ok(results)) => return Ok(results.into_iter().map(Value::from).collect()),
            Some(Err(message)) => {
                CONNECTION.set(None);
                log::warn(&format!("valkey {command}: {message}"));
            }
            None => {
                CONNECTION.set(None);
                PAUSED_UNTIL_MS.set(now_ms() + PAUSE_MS);
                log::warn(&format!("valkey {command}: deadline"));
                return Err(Down);
            }
        }
    }
    Err(Down)
}

/// Runs a script.
pub async fn eval(script: &str, keys: &[String], arguments: &[String]) -> Result<Vec<Value>, Down> {
    let count = keys.len().to_string();
    let mut all = vec![script, count.as_str()];
    all.extend(keys.iter().chain(arguments).map(String::as_str));
    execute("EVAL", &all).await
}

async fn attempt(command: &str, arguments: &[&str]) -> Result<Vec<RedisResult>, String> {
    let connection = connection().await?;
    let parameters = arguments
        .iter()
        .map(|argument| RedisParameter::Binary(argument.as_bytes().to_vec()));
    connection
        .execute(command, parameters)
        .await
        .map_err(|error| error.to_string())
}

async fn connection() -> Result<Rc<Connection>, String> {
    if let Some(connection) = CONNECTION.with_borrow(Clone::clone) {
        return Ok(connection);
    }
    let url = url().await.ok_or("the settings are incomplete")?;
    let connection = Rc::new(
        Connection::open(url)
            .await
            .map_err(|error| error.to_string())?,
    );
    CONNECTION.set(Some(Rc::clone(&connection)));
    Ok(connection)
}

async fn url() -> Option<String> {
    let (url, auth) = (
        settings::text("valkey_url").await.ok()?,
        settings::text("valkey_auth").await.ok()?,
    );
    Some(with_auth(&url, &auth))
}

/// The password is a variable of its own: the URL also stands in the allow-list, which takes no credentials.
fn with_auth(url: &str, auth: &str) -> String {
    match (auth.is_empty(), url.split_once("://")) {
        (false, Some((scheme, rest))) => format!("{scheme}://{auth}@{rest}"),
        (true, _) | (_, None) => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_put_into_the_url_only_where_there_are_some() {
        assert_eq!(with_auth("redis://h:6379", ""), "redis://h:6379");
        assert_eq!(
            with_auth("rediss://h:6379", "edge:pw"),
            "rediss://edge:pw@h:6379"
        );
    }

    #[test]
    fn an_integer_is_one_however_it_arrived() {
        assert_eq!(
            Value::from(RedisResult::Binary(b"7".to_vec())).int(),
            Some(7)
        );
        assert_eq!(Value::from(RedisResult::Int64(7)).int(), Some(7));
        assert_eq!(Value::from(RedisResult::Nil).int(), None);
    }
}

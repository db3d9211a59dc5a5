//! Log lines: one JSON object per line on standard output, which the host collects.
//! Invariant: never a token, a key, a cookie, a query string or an address.

use std::{fmt::Write as _, io::Write as _};

use crate::now_ms;

/// Something an operator should know, though the request was answered.
pub fn warn(message: &str) {
    line("warn", message);
}

/// A fault of ours.
pub fn error(message: &str) {
    line("error", message);
}

/// What a request came to.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// The function that answered.
    pub function: &'static str,
    /// The request.
    pub request_id: &'a str,
    /// Its method.
    pub method: &'a str,
    /// Its path, without the query.
    pub path: &'a str,
    /// The answer's status.
    pub status: u16,
    /// The problem's code, when it was one.
    pub code: Option<&'a str>,
    /// Until the answer's head was ready.
    pub duration_ms: u64,
}

/// Writes the line of one request.
pub fn access(access: Access<'_>) {
    let mut text = String::with_capacity(192);
    let _infallible = write!(
        text,
        r#"{{"level":"info","at":{},"function":"{}","request.id":"{}","method":{},"path":{},"status":{},"duration_ms":{}"#,
        now_ms(),
        access.function,
        access.request_id,
        serde_json::Value::from(access.method),
        serde_json::Value::from(access.path),
        access.status,
        access.duration_ms,
    );
    if let Some(code) = access.code {
        let _infallible = write!(text, r#","code":"{code}""#);
    }
    text.push_str("}\n");
    print(&text);
}

fn line(level: &str, message: &str) {
    let message = serde_json::Value::from(message);
    print(&format!(
        "{{\"level\":\"{level}\",\"at\":{},\"message\":{message}}}\n",
        now_ms()
    ));
}

fn print(line: &str) {
    // A log that can't be written must not fail the request.
    let _written = std::io::stdout().write_all(line.as_bytes());
}

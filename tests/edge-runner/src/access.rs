//! One line per request on standard error, written by a thread of its own: formatting and writing on the serving
//! threads halves the rate of a small component.

use std::io::Write as _;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use http::{HeaderValue, Method, StatusCode};
use serde::Serialize;

/// Lines that may wait for the writer. More than that, and requests wait for it: no line is lost.
const MAX_WAITING: usize = 8192;

/// The form of access lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessLog {
    /// None at all.
    Off,
    /// One JSON object to a line.
    Json,
    /// For people.
    Text,
}

/// What a line says. Never the query, which may hold a token.
pub(crate) struct Entry {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) status: StatusCode,
    pub(crate) duration: Duration,
    pub(crate) component: Option<std::sync::Arc<str>>,
    pub(crate) request_id: HeaderValue,
}

/// Takes entries from any thread.
pub(crate) struct AccessLogger(Option<SyncSender<Message>>);

/// Ends the writer, once it has written what it was given.
pub(crate) struct AccessWriter(Option<(SyncSender<Message>, JoinHandle<()>)>);

enum Message {
    Entry(SystemTime, Entry),
    End,
}

pub(crate) fn start(form: AccessLog) -> std::io::Result<(AccessLogger, AccessWriter)> {
    if form == AccessLog::Off {
        return Ok((AccessLogger(None), AccessWriter(None)));
    }
    let (sender, receiver) = sync_channel(MAX_WAITING);
    let write = move || write_lines(&receiver, form);
    let thread = std::thread::Builder::new()
        .name("access-log".to_owned())
        .spawn(write)?;
    Ok((
        AccessLogger(Some(sender.clone())),
        AccessWriter(Some((sender, thread))),
    ))
}

impl AccessLogger {
    pub(crate) fn log(&self, entry: Entry) {
        if let Some(lines) = &self.0 {
            #[expect(clippy::disallowed_methods, reason = "a log line is dated")]
            let now = SystemTime::now();
            // It fails only after the end, when nobody waits for lines any more.
            let _ = lines.send(Message::Entry(now, entry));
        }
    }
}

impl AccessWriter {
    pub(crate) fn finish(self) {
        if let Some((lines, thread)) = self.0 {
            let _ = lines.send(Message::End);
            let _ = thread.join();
        }
    }
}

fn write_lines(lines: &Receiver<Message>, form: AccessLog) {
    let mut text = Vec::new();
    while let Ok(first) = lines.recv() {
        let mut next = Some(first);
        // What has piled up meanwhile goes out in one write.
        while let Some(message) = next {
            let Message::Entry(time, entry) = message else {
                let _ = std::io::stderr().write_all(&text);
                return;
            };
            append(&mut text, time, &entry, form);
            next = lines.try_recv().ok();
        }
        let _ = std::io::stderr().write_all(&text);
        text.clear();
    }
}

#[derive(Serialize)]
struct Line<'a> {
    timestamp: String,
    level: &'static str,
    target: &'static str,
    method: &'a str,
    path: &'a str,
    status: u16,
    duration_ms: f64,
    component: Option<&'a str>,
    request_id: &'a str,
}

fn append(text: &mut Vec<u8>, time: SystemTime, entry: &Entry, form: AccessLog) {
    let line = Line {
        timestamp: humantime::format_rfc3339_micros(time).to_string(),
        level: "INFO",
        target: "edge_runner::access",
        method: entry.method.as_str(),
        path: &entry.path,
        status: entry.status.as_u16(),
        duration_ms: (entry.duration.as_secs_f64() * 100_000.0).round() / 100.0,
        component: entry.component.as_deref(),
        request_id: entry.request_id.to_str().unwrap_or_default(),
    };
    // Writing to memory does not fail.
    let _ = match form {
        AccessLog::Json => serde_json::to_writer(&mut *text, &line).map_err(Into::into),
        AccessLog::Off | AccessLog::Text => write!(
            text,
            "{} {} {} {} {}ms {} {}",
            line.timestamp,
            line.method,
            line.path,
            line.status,
            line.duration_ms,
            line.component.unwrap_or("-"),
            line.request_id
        ),
    };
    text.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_whole_whatever_the_path_holds() {
        let entry = Entry {
            method: Method::GET,
            path: "/a\"b".to_owned(),
            status: StatusCode::OK,
            duration: Duration::from_micros(1234),
            component: None,
            request_id: HeaderValue::from_static("id"),
        };
        let line = |form| {
            let mut text = Vec::new();
            append(&mut text, SystemTime::UNIX_EPOCH, &entry, form);
            String::from_utf8(text).expect("text")
        };
        assert_eq!(
            line(AccessLog::Text),
            "1970-01-01T00:00:00.000000Z GET /a\"b 200 1.23ms - id\n"
        );
        let json: serde_json::Value = serde_json::from_str(&line(AccessLog::Json)).expect("JSON");
        assert_eq!(json["path"], "/a\"b");
        assert_eq!(json["duration_ms"], 1.23);
    }
}

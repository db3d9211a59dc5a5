//! What the person at the terminal sees: one readable log, with the part's name in front of each line.

use std::io::{IsTerminal, Write};

/// A step of ours.
pub(crate) fn step(text: &str) {
    write_line(&paint("1;33", "==>"), text);
}

/// A line that a part wrote.
pub(crate) fn part_line(part: &str, text: &str) {
    write_line(&paint("2", &format!("{part:>8} |")), text);
}

/// The one sentence that ends a failed start.
pub(crate) fn failure(failure: &anyhow::Error) {
    write_line(&paint("1;31", "Can't go on:"), &format!("{failure:#}"));
}

/// What scripts read: the URL and the sign-in, on standard output.
pub(crate) fn result(text: &str) {
    let mut out = std::io::stdout().lock();
    // A closed pipe on the other side is no reason to stop the stack.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

fn write_line(head: &str, text: &str) {
    let mut err = std::io::stderr().lock();
    let _ = writeln!(err, "{head} {text}");
}

fn paint(colour: &str, text: &str) -> String {
    if std::io::stderr().is_terminal() {
        format!("\x1b[{colour}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

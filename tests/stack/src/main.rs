//! The `stack` program; see the library.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    stack::run().await
}

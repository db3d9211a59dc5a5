//! The local stack's own refusals, by the real program.

use std::net::TcpListener;
use std::process::Command;

#[test]
fn a_taken_port_ends_the_start_with_one_sentence_that_says_what_to_do() {
    let holder = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = holder
        .local_addr()
        .expect("the listener has an address")
        .to_string();
    let state = std::env::temp_dir().join(format!("marquee-stack-test-{}", std::process::id()));
    let outcome = Command::new(env!("CARGO_BIN_EXE_stack"))
        .args(["up", "--listen", &address, "--state-dir"])
        .arg(&state)
        .output()
        .expect("the stack starts");
    std::fs::remove_dir_all(&state).expect("the state folder was made");
    let said = String::from_utf8_lossy(&outcome.stderr);
    assert!(!outcome.status.success());
    assert!(
        said.contains(&format!("{address} is taken")) && said.contains("EDGE_LISTEN="),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
}

//! A child process that ends with its owner.

use std::process::{Child, Command};

/// A running program of ours.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        let child = command.spawn();
        Self(
            child.unwrap_or_else(|error| {
                panic!("{}: {error}", command.get_program().to_string_lossy())
            }),
        )
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Already gone is fine; either way it must not stay behind as a zombie.
        let _killed = self.0.kill();
        let _status = self.0.wait();
    }
}

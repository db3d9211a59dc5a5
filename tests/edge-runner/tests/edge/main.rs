//! The runner with a real component, real sockets and a real Redis server.

mod failures;
mod front;
mod grants;
mod outbound;
mod process;
mod storage;
mod support;

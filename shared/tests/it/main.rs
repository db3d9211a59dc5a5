//! What the crate does as a whole, seen from outside.

mod golden;
mod properties;
mod sample;
mod validator;
mod valkey_script;

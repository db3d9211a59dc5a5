//! What the crate does as a whole, seen from outside.

mod golden;
mod sample;
mod validator;

//! The pipeline with real programs and a real object folder; only origin is imitated, over HTTP.

mod encoding;
mod films;
mod pipeline;
mod refusals;
mod studio;

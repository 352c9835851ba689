//! Ingest from a source that misbehaves as told, into a lake in a temporary folder.

mod pass;
mod queue;
mod sources;

//! trail-ingest

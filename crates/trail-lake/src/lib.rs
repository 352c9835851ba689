//! trail-lake

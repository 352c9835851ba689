//! trail-detect

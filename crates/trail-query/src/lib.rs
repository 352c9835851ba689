//! trail-query

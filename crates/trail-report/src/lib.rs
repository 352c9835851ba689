//! trail-report

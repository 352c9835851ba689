//! trail-notify

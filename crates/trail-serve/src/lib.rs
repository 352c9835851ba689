//! Doors through which other programs ask the lake: PostgreSQL's wire protocol and Arrow Flight SQL.
//!
//! What is asked goes through [`trail_query::Engine`], with its dialect, its rule that nothing is written, its functions and its
//! limits. Only what clients ask about the catalog itself is answered elsewhere, by a session that has descriptions and no rows.
//!
//! Knows no lake, rules or schedules: who opens the doors says what is behind them.

mod audit;
mod catalog;
mod config;
mod door;
mod flight;
mod limits;
mod params;
mod pg;
mod rows;
mod stream;
mod text;
mod tls;
mod users;

pub use audit::{Note, Outcome};
pub use config::{Config, ConfigError, User};
pub use door::{Door, Doors, OpenError, Watcher};

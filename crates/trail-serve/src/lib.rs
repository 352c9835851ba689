//! Doors through which other programs ask the lake: PostgreSQL's wire protocol and Arrow Flight SQL.

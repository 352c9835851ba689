//! Settings that clients look at (`SHOW`, `current_setting`). They tell what is so; nothing can be set.

/// The version of PostgreSQL whose words are understood; clients choose their own words by it.
pub(crate) const VERSION: &str = "16.6";

/// Name and value of what PostgreSQL would have.
pub(crate) const SETTINGS: [(&str, &str); 24] = [
    ("server_version", VERSION),
    ("server_version_num", "160006"),
    ("server_encoding", "UTF8"),
    ("client_encoding", "UTF8"),
    ("standard_conforming_strings", "on"),
    ("integer_datetimes", "on"),
    ("DateStyle", "ISO, MDY"),
    ("IntervalStyle", "postgres"),
    ("TimeZone", "UTC"),
    ("search_path", "public"),
    ("transaction_isolation", "read committed"),
    ("default_transaction_isolation", "read committed"),
    ("transaction_read_only", "on"),
    ("default_transaction_read_only", "on"),
    ("transaction_deferrable", "off"),
    ("max_identifier_length", "63"),
    ("max_index_keys", "32"),
    ("lc_collate", "C"),
    ("lc_ctype", "C"),
    ("lc_messages", "C"),
    ("extra_float_digits", "1"),
    ("bytea_output", "hex"),
    ("application_name", ""),
    ("is_superuser", "off"),
];

/// Name, as PostgreSQL writes it, and value of a setting.
pub(crate) fn setting(name: &str) -> Option<(&'static str, &'static str)> {
    SETTINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).copied()
}

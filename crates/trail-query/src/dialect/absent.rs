//! Functions that people write and that are not here: those of Trino that nobody needed, and those that other engines have by another
//! name. The error says what to write.

/// A function's names, and the way to write what it does.
const ABSENT: &[(&[&str], &str)] = &[
    (&["datediff", "timestampdiff", "date_sub_days"], "write `date_diff('day', a, b)`"),
    (&["dateadd", "adddate", "timestampadd", "add_days"], "write `date_add('day', 7, t)`, or `t + INTERVAL '7' DAY`"),
    (&["date_sub", "subdate"], "write `date_add('day', -7, t)`, or `t - INTERVAL '7' DAY`"),
    (&["getdate", "sysdate", "getutcdate"], "write `now()`"),
    (&["strftime", "formatdatetime"], "write `date_format(t, '%Y-%m-%d')`"),
    (&["strptime", "str_to_date", "parse_timestamp"], "write `date_parse(s, '%Y-%m-%d')`"),
    (&["unix_timestamp", "epoch"], "write `to_unixtime(t)`"),
    (&["parse_duration"], "write `INTERVAL '5' MINUTE`"),
    (
        &["get_json_object", "json_extract_path_text", "json_get", "json_extract_string"],
        "write `json_extract_scalar(s, '$.a.b')`",
    ),
    (&["json_extract_path"], "write `json_extract(s, '$.a.b')`"),
    (&["parse_json"], "write `json_parse(s)`"),
    (&["json_object"], "write `CAST(map(ARRAY['a'], ARRAY[1]) AS json)`"),
    (&["json_array"], "write `CAST(ARRAY[1, 2] AS json)`"),
    (&["charindex", "locate", "indexof"], "write `strpos(s, 'x')`"),
    (&["len"], "write `length(s)`"),
    (&["group_concat"], "write `listagg(x, ',') WITHIN GROUP (ORDER BY x)`, or `array_join(array_agg(x), ',')`"),
    (&["regexp_substr", "regexp_matches"], "write `regexp_extract(s, '([a-z]+)', 1)`"),
    (&["rlike", "regexp_contains"], "write `regexp_like(s, 'pattern')`"),
    (&["countif"], "write `count_if(condition)`"),
    (&["collect_list"], "write `array_agg(x)`"),
    (&["collect_set"], "write `array_agg(DISTINCT x)`"),
    (&["explode", "posexplode"], "write `CROSS JOIN UNNEST(array) AS t(x)`, `WITH ORDINALITY` for the places"),
    (&["size"], "write `cardinality(array)`"),
    (&["try_to_number", "safe_cast"], "write `try_cast(x AS bigint)`"),
    (&["iff", "iif"], "write `if(condition, a, b)`"),
    (&["shuffle"], "write `array_agg(x ORDER BY random())` over the unnested array"),
    (&["trim_array"], "write `slice(array, 1, cardinality(array) - 1)`"),
    (&["ngrams", "combinations"], "unnest the array `WITH ORDINALITY`, and join it with itself"),
    (
        &["map_zip_with", "multimap_from_entries"],
        "unnest the maps, join them, and write `map_agg(k, v)` or `multimap_agg(k, v)`",
    ),
    (
        &["split_to_multimap"],
        "unnest `split(s, ',')`, and write `multimap_agg(split_part(x, '=', 1), split_part(x, '=', 2))`",
    ),
    (&["width_bucket"], "write `CAST(floor((x - low) / width) AS bigint) + 1`"),
    (&["bit_count", "to_base", "from_base", "format_number"], "compute it from the rows of the answer, outside"),
    (&["sha1", "crc32", "xxhash64", "murmur3"], "write `to_hex(sha256(to_utf8(s)))`"),
    (
        &["ip_prefix", "ip_subnet_min", "ip_subnet_max", "is_subnet_of"],
        "write `contains('10.0.0.0/8', CAST(x AS ipaddress))`, or `ip_in(x, '10.0.0.0/8')`",
    ),
];

/// What to write in the place of a function that is not here; `None` for any other.
pub(super) fn way(of: &str) -> Option<&'static str> {
    ABSENT.iter().find(|(names, _)| names.contains(&of)).map(|(_, way)| *way)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_be_absent_is() {
        let engine = crate::Engine::new(crate::Config::default()).unwrap();
        let state = engine.context().state();
        let there = |name: &&&str| {
            state.scalar_functions().contains_key(**name) || state.aggregate_functions().contains_key(**name)
        };
        let there: Vec<_> = ABSENT.iter().flat_map(|(names, _)| *names).filter(there).collect();
        assert!(there.is_empty(), "{there:?} are there");
    }
}

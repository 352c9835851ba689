//! What stands on a list, what does not, and lines that are no entries.

use super::*;

fn list(kind: ListKind, text: &str) -> (List, Refused) {
    List::read("bad", kind, text.as_bytes())
}

#[track_caller]
fn check(kind: ListKind, text: &str, on: &[&str], off: &[&str]) {
    let (list, refused) = list(kind, text);
    assert_eq!(refused, Refused::default());
    for (values, expected) in [(on, true), (off, false)] {
        for value in values {
            let found = kind.asked(value).is_some_and(|asked| list.has(&asked));
            assert_eq!(found, expected, "{value:?} on {text:?}");
        }
    }
}

#[test]
fn addresses_and_networks() {
    let text = "\u{feff}# of last week\r\n203.0.113.7\r\n\n198.51.100.77/24 ; SBL1\n2001:db8::/32#six\n 192.0.2.0/25\n192.0.2.128/25\n";
    let on = [
        "203.0.113.7",
        "::ffff:203.0.113.7",
        "198.51.100.0",
        "198.51.100.255",
        "2001:db8:ffff::1",
        "192.0.2.127",
        "192.0.2.128",
        " 192.0.2.255 ",
    ];
    let off = [
        "203.0.113.6",
        "203.0.113.8",
        "198.51.101.0",
        "2001:db9::",
        "192.0.3.0",
        "cloudtrail.amazonaws.com",
        "",
        "203.0.113.7/32",
    ];
    check(ListKind::Addresses, text, &on, &off);
    // Halves that touch are one.
    assert_eq!(list(ListKind::Addresses, text).0.len(), 4);
    check(
        ListKind::Addresses,
        "::ffff:192.0.2.0/120\n255.255.255.255\nffff::/16",
        &["192.0.2.9", "255.255.255.255", "ffff::1"],
        &["192.0.3.9"],
    );
    check(ListKind::Addresses, "", &[], &["192.0.2.9"]);
}

#[test]
fn many_addresses_against_a_plain_search() {
    // Networks of all sizes, some in others, at places that repeat with the seed.
    let mut seed = 7_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 32) as u32
    };
    let networks: Vec<ipnet::Ipv4Net> =
        (0..1500).map(|_| ipnet::Ipv4Net::new(next().into(), 12 + (next() % 21) as u8).unwrap()).collect();
    let text: String = networks.iter().map(|network| format!("{network}\n")).collect();
    let (list, refused) = list(ListKind::Addresses, &text);
    assert_eq!(refused.count, 0);
    let mut found = 0;
    for at in 0..2000 {
        let near: u32 = networks[at % networks.len()].broadcast().into();
        let address = std::net::Ipv4Addr::from(if at % 2 == 0 { next() } else { near.wrapping_add(next() % 3) });
        let expected = networks.iter().any(|network| network.contains(&address));
        assert_eq!(list.has(&Asked::Address(number(address.into()))), expected, "{address}");
        found += usize::from(expected);
    }
    assert!((300..1700).contains(&found), "{found}");
}

#[test]
fn agents() {
    let text = "# tools\nEvilTool/1.0\n*pacu*\nMozilla/5.0 (X11; Linux) evil # a browser\n[Boto9/*]\na*b*a";
    let on = ["eviltool/1.0", "Boto3 PACU x", "pacu", "mozilla/5.0 (x11; linux) evil", "[boto9/1.2]", "aba", "a-b-b-a"];
    let off = ["EvilTool/1.01", "xEvilTool/1.0", "# tools", "boto9/1", "ab", "", "aXa"];
    check(ListKind::Agents, text, &on, &off);
}

#[test]
fn keys() {
    let text = "AKIAEXAMPLE000000001 # leaked\nasiaexample000000002;x";
    check(ListKind::Keys, text, &["AKIAEXAMPLE000000001", "ASIAEXAMPLE000000002"], &["AKIAEXAMPLE00000000", "", "x"]);
}

#[test]
fn a_line_that_is_no_entry_costs_no_other() {
    fn check(kind: ListKind, line: &[u8], because: &str) {
        let good: &[u8] = match kind {
            ListKind::Addresses => b"203.0.113.7\n",
            ListKind::Agents => b"eviltool\n",
            ListKind::Keys => b"AKIAEXAMPLE000000001\n",
        };
        let (list, refused) = List::read("bad", kind, &[good, line, b"\n", good].concat());
        assert_eq!((list.len(), refused.count), (1, 1), "{}", line.escape_ascii());
        let (at, reason) = &refused.first[0];
        assert!(*at == 2 && reason.contains(because), "{reason}");
        assert!(!reason.contains(|c: char| c.is_control()), "{reason:?}");
    }
    check(ListKind::Addresses, b"300.0.113.7", "`300.0.113.7` is no address");
    check(ListKind::Addresses, b"evil.example.com", "is no address and no network (write");
    check(ListKind::Addresses, b"<html><body>403\x1b[31m", "<html><body>403\\u{1b}[31m");
    check(ListKind::Addresses, b"203.0.113.0/33", "is no address");
    check(ListKind::Addresses, b"203.0.113.7 203.0.113.8", "is no address");
    check(ListKind::Addresses, b"0.0.0.0/0", "wider than a /8");
    check(ListKind::Addresses, b"10.0.0.0/7", "wider than a /8");
    check(ListKind::Addresses, b"::/0", "wider than a /8");
    check(ListKind::Addresses, b"::ffff:0:0/96", "wider than a /8");
    check(ListKind::Addresses, b"2000::/3", "wider than a /8");
    check(ListKind::Addresses, b"203.0.113.\xff", "no UTF-8");
    check(ListKind::Addresses, "x".repeat(5000).as_bytes(), "x…` is no address");
    check(ListKind::Agents, b"*", "nearly every agent");
    check(ListKind::Agents, b"**a*b**", "nearly every agent");
    check(ListKind::Keys, b"AKIA", "no access key id");
    check(ListKind::Keys, b"AKIAEXAMPLE0000 0001", "no access key id");
    let (list, refused) = list(ListKind::Keys, &"?\n".repeat(1000));
    assert_eq!((list.is_empty(), refused.count, refused.first.len()), (true, 1000, TOLD));
}

/// The answer of a question in SQL, and whether it was simplified away.
async fn ask(lists: &Arc<Lists>, question: &str) -> String {
    let context = datafusion::prelude::SessionContext::new();
    functions(lists).for_each(|function| context.register_udf(function));
    let batches = context.sql(&format!("SELECT {question}")).await.unwrap().collect().await.unwrap();
    crate::value::json(batches[0].column(0), 0).to_string()
}

#[tokio::test]
async fn functions_name_the_lists() {
    let inline = |text: &str| serde_json::from_str::<List>(text).map_err(|error| error.to_string());
    let one = inline(r#"{"name": "one", "kind": "addresses", "entries": ["203.0.113.0/24"]}"#).unwrap();
    let two = inline(r#"{"name": "two", "kind": "addresses", "entries": ["203.0.113.7"]}"#).unwrap();
    let lists = Arc::new(Lists::new(vec![one.clone(), two.clone()]).unwrap());
    for (question, expected) in [
        ("listed_address('203.0.113.7')", "\"one, two\""),
        ("listed_address('203.0.113.8')", "\"one\""),
        ("listed_address('203.0.114.8')", "null"),
        ("listed_address(NULL)", "null"),
        ("listed_key('203.0.113.7')", "null"),
        ("listed_agent('203.0.113.7') IS NOT NULL", "false"),
    ] {
        assert_eq!(ask(&lists, question).await, expected, "{question}");
    }
    // What a list holds may change while it is asked; there is no list of a name that was not there.
    lists.replace(&List::read("two", ListKind::Addresses, b"203.0.114.8").0);
    lists.replace(&List::read("three", ListKind::Addresses, b"203.0.115.8").0);
    assert_eq!(ask(&lists, "listed_address('203.0.114.8')").await, "\"two\"");
    assert_eq!(ask(&lists, "listed_address('203.0.115.8')").await, "null");
    assert!(Lists::new(vec![one.clone(), one]).unwrap_err().to_string().contains("`one` is there twice"));
    let wrong = inline(r#"{"name": "x", "kind": "keys", "entries": ["AKIAEXAMPLE000000001", "no"]}"#).unwrap_err();
    assert!(wrong.contains("the list `x`: `no` is no access key id"), "{wrong}");
    assert!(inline(r#"{"name": "x", "kind": "hosts", "entries": []}"#).unwrap_err().contains("`hosts`"));
}

/// How many findings a window rule makes that asks for addresses.
async fn windows(settings: serde_json::Value) -> usize {
    let head =
        "title: t\nkind: window\nseverity: low\ntopics: []\nwindow: 1h\nwhy: w\ndo: d\nfalse_positives: f\n".to_owned();
    let sql = "SELECT principal, listed_address(sourceipaddress) AS lists, count(*) AS count FROM cloudtrail \
        WHERE listed_address(sourceipaddress) IS NOT NULL GROUP BY principal, lists, _window HAVING count(*) > 1";
    let query = trail_query::Query { id: "x/y".to_owned(), path: "y".to_owned(), head, sql: sql.to_owned(), line: 9 };
    let mut rules = crate::Rules::default();
    rules.insert(crate::Rule::parse(&query, None).unwrap()).unwrap();
    let settings = serde_json::from_value(settings).unwrap();
    let mut detector = crate::Detector::new(&rules, settings).await.unwrap();
    let event = serde_json::json!([{"event": "iam:CreateUser", "from": "203.0.113.7", "times": 3}]);
    let events: Vec<_> = serde_json::from_value(event).unwrap();
    let text = serde_json::json!({"Records": trail_query::case_events(&events).unwrap()}).to_string();
    let mut decoder = trail_event::Decoder::new(trail_event::Limits::default(), false);
    for batch in &decoder.decode("x", 0, text.as_bytes()).batches {
        detector.observe(batch).unwrap();
    }
    let outcome = detector.finish().await.unwrap();
    assert!(outcome.problems.is_empty(), "{:?}", outcome.problems);
    outcome.findings.len()
}

#[tokio::test]
async fn a_window_rule_may_ask() {
    let list = serde_json::json!({"name": "bad", "kind": "addresses", "entries": ["203.0.113.0/24"]});
    assert_eq!(windows(serde_json::json!({ "lists": [list] })).await, 1);
    // Nothing of the condition is left then, and the rule still runs.
    assert_eq!(windows(serde_json::json!({})).await, 0);
}

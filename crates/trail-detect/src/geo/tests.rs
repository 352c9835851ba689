//! Addresses looked up in MMDB files that these tests write, by the published format of such files.

use super::*;

/// A value of the data section.
enum Data {
    Text(&'static str),
    Double(f64),
    Number(u32),
    Map(Vec<(&'static str, Data)>),
}

impl Data {
    fn write(&self, out: &mut Vec<u8>) {
        let control = |kind: u8, size: usize, out: &mut Vec<u8>| match size {
            0..29 => out.push(kind << 5 | size as u8),
            _ => out.extend([kind << 5 | 29, (size - 29) as u8]),
        };
        match self {
            Data::Text(text) => {
                control(2, text.len(), out);
                out.extend(text.bytes());
            }
            Data::Double(number) => {
                control(3, 8, out);
                out.extend(number.to_be_bytes());
            }
            Data::Number(number) => {
                control(6, 4, out);
                out.extend(number.to_be_bytes());
            }
            Data::Map(pairs) => {
                control(7, pairs.len(), out);
                for (name, value) in pairs {
                    Data::Text(name).write(out);
                    value.write(out);
                }
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Slot {
    Empty,
    Node(usize),
    Data(usize),
}

/// An MMDB file of these networks (IPv4).
fn mmdb(kind: &'static str, networks: &[(&str, Data)]) -> Vec<u8> {
    let (mut nodes, mut data) = (vec![[Slot::Empty; 2]], Vec::new());
    for (network, value) in networks {
        let network: ipnet::Ipv4Net = network.parse().unwrap();
        let (bits, length) = (u32::from(network.network()), network.prefix_len());
        let mut at = 0;
        for depth in 0..length {
            let side = (bits >> (31 - depth) & 1) as usize;
            if depth + 1 == length {
                nodes[at][side] = Slot::Data(data.len());
            } else {
                at = match nodes[at][side] {
                    Slot::Node(next) => next,
                    _ => {
                        nodes.push([Slot::Empty; 2]);
                        let next = nodes.len() - 1;
                        nodes[at][side] = Slot::Node(next);
                        next
                    }
                };
            }
        }
        value.write(&mut data);
    }
    let count = nodes.len();
    let mut file = Vec::new();
    for slot in nodes.iter().flatten() {
        let record = match slot {
            Slot::Empty => count,
            Slot::Node(node) => *node,
            Slot::Data(offset) => count + 16 + offset,
        };
        file.extend(&(record as u32).to_be_bytes()[1..]);
    }
    file.extend([0; 16]);
    file.extend(data);
    file.extend(b"\xab\xcd\xefMaxMind.com");
    // Small numbers have types of their own: 16 bits (5), 64 bits (9, beyond the seven), a list (11).
    let small = |number: u8| vec![5 << 5 | 1, number];
    let count = u32::try_from(count).unwrap().to_be_bytes();
    let text = |text: &'static str| {
        let mut out = Vec::new();
        Data::Text(text).write(&mut out);
        out
    };
    let metadata: Vec<(&'static str, Vec<u8>)> = vec![
        ("binary_format_major_version", small(2)),
        ("binary_format_minor_version", small(0)),
        ("build_epoch", vec![1, 2, 1]),
        ("database_type", text(kind)),
        ("description", vec![7 << 5]),
        ("ip_version", small(4)),
        ("languages", vec![0, 4]),
        ("node_count", [&[6 << 5 | 4][..], &count].concat()),
        ("record_size", small(24)),
    ];
    file.push(7 << 5 | metadata.len() as u8);
    for (name, value) in metadata {
        file.extend(text(name));
        file.extend(value);
    }
    file
}

fn city(country: &'static str, latitude: f64, longitude: f64) -> Data {
    Data::Map(vec![
        ("country", Data::Map(vec![("iso_code", Data::Text(country))])),
        ("location", Data::Map(vec![("latitude", Data::Double(latitude)), ("longitude", Data::Double(longitude))])),
    ])
}

fn owner(number: u32, name: &'static str) -> Data {
    Data::Map(vec![
        ("autonomous_system_number", Data::Number(number)),
        ("autonomous_system_organization", Data::Text(name)),
    ])
}

/// Settings with two files, and the folder that they are in.
fn settings() -> (GeoSettings, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: Vec<u8>| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Some(path)
    };
    let networks = [("198.51.100.0/24", city("CH", 47.4, 8.5)), ("203.0.113.0/25", city("JP", 35.7, 139.7))];
    let settings = GeoSettings {
        city: write("city.mmdb", mmdb("Own-City", &networks)),
        asn: write("asn.mmdb", mmdb("Own-ASN", &[("198.51.100.0/24", owner(64500, "Example Hosting"))])),
        places: BTreeMap::from([(
            "198.51.100.128/25".to_owned(),
            Place { country: Some("AT".to_owned()), ..Place::default() },
        )]),
    };
    (settings, folder)
}

#[tokio::test]
async fn functions_ask_the_files() {
    let (geoip, _folder) = settings();
    let geo = Arc::new(Geo::new(&geoip).unwrap());
    let context = datafusion::prelude::SessionContext::new();
    functions(&geo).for_each(|function| context.register_udf(function));
    let ask = async |question: &str| {
        let batches = context.sql(&format!("SELECT {question}")).await.unwrap().collect().await.unwrap();
        crate::value::json(batches[0].column(0), 0).to_string()
    };
    for (question, expected) in [
        ("country('198.51.100.7')", "\"CH\""),
        ("country('::ffff:198.51.100.7')", "\"CH\""),
        ("country('198.51.100.0/24')", "\"CH\""),
        ("country('198.51.100.200')", "\"AT\""),
        ("country('203.0.113.9')", "\"JP\""),
        ("country('203.0.113.200')", "null"),
        ("country('ec2.amazonaws.com')", "null"),
        ("country('2001:db8::1')", "null"),
        ("country(arrow_cast(NULL, 'Utf8View'))", "null"),
        ("asn('198.51.100.7')", "64500"),
        ("as_org('198.51.100.7')", "\"Example Hosting\""),
        ("as_org('203.0.113.9')", "null"),
        ("CAST(round(km_between('198.51.100.7', '203.0.113.9') / 100) AS BIGINT)", "96"),
        ("km_between('198.51.100.7', '198.51.100.8')", "0.0"),
        ("km_between('198.51.100.7', 'nowhere')", "null"),
    ] {
        assert_eq!(ask(question).await, expected, "{question}");
    }
}

#[test]
fn without_files_nothing_is_known() {
    let geo = Geo::new(&GeoSettings::default()).unwrap();
    assert_eq!(geo.place("198.51.100.7"), Some(Place::default()));
}

#[test]
fn what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.mmdb");
    let settings = GeoSettings { city: Some(file.clone()), ..GeoSettings::default() };
    let refused = || Geo::new(&settings).unwrap_err().to_string();
    assert!(refused().contains("x.mmdb` as an MMDB file: "), "{}", refused());
    let places = BTreeMap::from([("office".to_owned(), Place::default())]);
    let error = Geo::new(&GeoSettings { places, ..GeoSettings::default() }).unwrap_err().to_string();
    assert!(error.starts_with("`geoip.places`: `office` is no network"), "{error}");
    // Cut off anywhere, it is refused or knows less; it never breaks.
    let whole = mmdb("Own-City", &[("198.51.100.0/24", city("CH", 47.4, 8.5))]);
    for length in 0..whole.len() {
        std::fs::write(&file, &whole[..length]).unwrap();
        if let Ok(geo) = Geo::new(&settings) {
            geo.place("198.51.100.7");
        }
    }
}

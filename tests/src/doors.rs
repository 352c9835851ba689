//! `trailwarden serve` as a process, and certificates for it.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use crate::{Sandbox, python, wait_for};

/// Doors that are open; closed when dropped.
pub struct Serving {
    child: Child,
    /// Host and port of PostgreSQL's protocol.
    pub postgres: String,
    /// Host and port of Flight SQL.
    pub flight: String,
    log: std::path::PathBuf,
}

impl Serving {
    /// Opens both doors on free ports, with these arguments.
    pub fn start(sandbox: &Sandbox, args: &[&str]) -> Serving {
        let log = sandbox.path("serve.log");
        let out = File::options().create(true).append(true).open(&log).expect("a log file");
        let both = [&["serve", "--pg", "127.0.0.1:0", "--flight", "127.0.0.1:0"], args].concat();
        let mut child = sandbox.command(&both).stdout(Stdio::piped()).stderr(out).spawn().expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut address = |door: &str| {
            let line = lines.next().and_then(Result::ok);
            let line = line
                .unwrap_or_else(|| panic!("no door `{door}`:\n{}", std::fs::read_to_string(&log).unwrap_or_default()));
            line.strip_prefix(door).expect("the name of the door").trim().to_owned()
        };
        let (postgres, flight) = (address("postgres"), address("flight"));
        Serving { child, postgres, flight, log }
    }

    /// How libpq is told of the door.
    pub fn dsn(&self, user: &str) -> String {
        let (host, port) = self.postgres.rsplit_once(':').expect("a port");
        format!("host={host} port={port} user={user} dbname=trailwarden connect_timeout=30")
    }

    /// The lines that it has written.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits for a line of the audit that has all of these in it.
    pub fn audited(&self, parts: &[&str]) -> String {
        let has = |line: &&str| parts.iter().all(|part| line.contains(part));
        wait_for(&format!("a line with {parts:?}"), || self.log().lines().find(has).map(str::to_owned))
    }

    /// Resident memory in bytes.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a figure");
        line.trim().trim_end_matches("kB").trim().parse::<u64>().expect("a number") << 10
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Nothing is left to do when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes into a folder a CA (`ca.pem`), and a certificate for loopback that it signed with its key (`cert.pem`, `key.pem`).
pub fn authority(sandbox: &Sandbox, folder: &str) {
    const SCRIPT: &str = r#"
import datetime, ipaddress, os, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
now = datetime.datetime.now(datetime.timezone.utc)
def named(text): return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
def made(name, key, ca):
    return (x509.CertificateBuilder().subject_name(named(name)).issuer_name(named("a cluster")).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), True))
keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
alternatives = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
ca = made("a cluster", keys[0], True).sign(keys[0], hashes.SHA256())
member = made("a member", keys[1], False).add_extension(alternatives, False).sign(keys[0], hashes.SHA256())
os.makedirs(sys.argv[1])
def write(name, content): open(os.path.join(sys.argv[1], name), "wb").write(content)
write("ca.pem", ca.public_bytes(serialization.Encoding.PEM))
write("cert.pem", member.public_bytes(serialization.Encoding.PEM))
write("key.pem", keys[1].private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
print("null")
"#;
    python(SCRIPT, &[&sandbox.place(folder)]);
}

/// Writes `cert.pem` and `key.pem` for `localhost` and 127.0.0.1 into the sandbox.
pub fn certificate(sandbox: &Sandbox) {
    const SCRIPT: &str = r#"
import datetime, ipaddress, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
now = datetime.datetime.now(datetime.timezone.utc)
alternatives = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
cert = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
    .not_valid_after(now + datetime.timedelta(days=30)).add_extension(alternatives, False)
    .add_extension(x509.BasicConstraints(ca=True, path_length=None), True).sign(key, hashes.SHA256()))
open(sys.argv[1], "wb").write(cert.public_bytes(serialization.Encoding.PEM))
open(sys.argv[2], "wb").write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
print("null")
"#;
    python(SCRIPT, &[&sandbox.place("cert.pem"), &sandbox.place("key.pem")]);
}

//! Mail by SMTP: STARTTLS or TLS, AUTH, text and HTML side by side, attachments.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment as Part, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls as Security, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde::{Deserialize, Serialize};

use super::{Channel, OpenError, SendError, SendErrorKind, Shared};
use crate::clean;
use crate::config::Problems;
use crate::rate::Rate;
use crate::render::Parcel;
use crate::secret::Stored;
use crate::wait;

/// Longer subjects are cut by mail clients anyway.
const SUBJECT_CHARS: usize = 140;

/// Settings of a channel of kind `smtp`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpConfig {
    /// Name or address of the server; the name that its certificate must bear.
    pub host: String,
    /// By default 587 for `starttls`, 465 for `tls`, 25 for `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// `starttls` (required, never skipped), `tls`, or `none`, which only a loopback host may have.
    #[serde(default)]
    pub tls: Tls,
    /// PEM file of the only CAs to trust; Mozilla's list, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Login name; no login, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// File that holds the password in its first line; read for every mail, so that a new password needs no restart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// Environment variable that holds the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_env: Option<String>,
    /// `Name <user@domain>` or the bare address.
    pub from: String,
    /// All who get each mail.
    pub to: Vec<String>,
    /// Stands in front of each subject.
    #[serde(default = "default_prefix")]
    pub subject_prefix: String,
    /// The longest time for one mail, from connecting to the server's last word.
    #[serde(default = "default_limit", with = "wait")]
    pub time_limit: Duration,
    /// Attachments beyond this many bytes in one mail are named instead of sent.
    #[serde(default = "default_attachment_bytes")]
    pub max_attachment_bytes: usize,
    /// How many mails go out in a time, such as `30/1m`; `none` for no limit.
    #[serde(default = "Rate::for_people")]
    pub rate: Rate,
}

/// How the connection is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// Plain at first, then STARTTLS; a server without it gets no mail and no password.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// No TLS; for a relay on the same machine.
    None,
}

fn default_prefix() -> String {
    "[Trailwarden]".to_owned()
}

fn default_limit() -> Duration {
    Duration::from_secs(30)
}

fn default_attachment_bytes() -> usize {
    10 * 1024 * 1024
}

impl SmtpConfig {
    pub(crate) fn check(&self, key: &str, found: &mut Problems) {
        let mut add = |part: &str, text: String| found.add(&format!("{key}.{part}"), text);
        if self.host.trim().is_empty() || self.host.contains(char::is_whitespace) {
            add("host", format!("is no host name: `{}`", self.host));
        }
        let loopback =
            self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        if self.tls == Tls::None && !loopback {
            add("tls", format!("is `none`, but `{}` is not loopback (use `starttls` or `tls`)", self.host));
        }
        if let Err(text) = mailbox(&self.from) {
            add("from", text);
        }
        if self.to.is_empty() {
            add("to", "is empty (name at least one address)".into());
        }
        for text in self.to.iter().filter_map(|address| mailbox(address).err()) {
            add("to", text);
        }
        let passwords = usize::from(self.password_file.is_some()) + usize::from(self.password_env.is_some());
        match (&self.username, passwords) {
            (Some(_), 0) => add("username", "has no password (set `password_file` or `password_env`)".into()),
            (_, 2) => add("password_env", "stands beside `password_file` (keep one of them)".into()),
            (None, 1) => add("username", "is missing beside the password (set it)".into()),
            _ => {}
        }
        if self.time_limit.is_zero() {
            add("time_limit", "is 0 (use `30s`)".into());
        }
    }
}

fn mailbox(text: &str) -> Result<Mailbox, String> {
    let bad = |why: &str| {
        format!("has a bad address `{}`: {why} (write `user@domain` or `Name <user@domain>`)", clean::line(text, 100))
    };
    let mailbox: Mailbox = text.parse().map_err(|error: lettre::address::AddressError| bad(&error.to_string()))?;
    // An address beyond ASCII needs SMTPUTF8, which few servers offer: better known now than when mail is due.
    if AsRef::<str>::as_ref(&mailbox.email).is_ascii() { Ok(mailbox) } else { Err(bad("it is not ASCII")) }
}

pub(crate) struct Smtp {
    config: SmtpConfig,
    from: Mailbox,
    to: Vec<Mailbox>,
    tls: Security,
    login: Option<(String, Stored)>,
}

impl Smtp {
    pub(crate) fn open(config: &SmtpConfig, wiring: &Shared) -> Result<Self, OpenError> {
        let login = match &config.username {
            Some(user) => {
                let keys = ("password_file", "password_env");
                let stored =
                    Stored::open(keys, config.password_file.as_deref(), config.password_env.as_deref(), wiring)?;
                stored.map(|stored| (user.clone(), stored))
            }
            None => None,
        };
        let from = mailbox(&config.from).map_err(|text| OpenError::new("from", text))?;
        let to = config.to.iter().map(|address| mailbox(address)).collect::<Result<_, _>>();
        let to = to.map_err(|text| OpenError::new("to", text))?;
        Ok(Self { config: config.clone(), from, to, tls: security(config)?, login })
    }

    fn message(&self, parcel: &Parcel) -> Result<Message, SendError> {
        let broken = |error: &dyn std::fmt::Display| {
            SendError::new(SendErrorKind::Permanent, format!("cannot build the mail: {error}"))
        };
        let (attachments, left_out) = self.attachments(parcel);
        let page = parcel.page().with_left_out(left_out);
        let subject =
            format!("{} {}: {}", self.config.subject_prefix, page.severity.to_uppercase(), page.headline(100));
        let domain = self.from.email.domain();
        let mut builder = Message::builder()
            .from(self.from.clone())
            .subject(clean::line(&subject, SUBJECT_CHARS))
            .date(SystemTime::from(parcel.now))
            // The same on every try, so that a repeat is known as one; mails of one group form a thread.
            .message_id(Some(format!("<{}@{domain}>", parcel.id)))
            .references(format!("<{}.group@{domain}>", parcel.group));
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        for (name, value) in [
            ("X-Trailwarden-Delivery", parcel.id.as_str()),
            ("X-Trailwarden-Severity", page.severity),
            // RFC 3834: no out-of-office answers to this.
            ("Auto-Submitted", "auto-generated"),
        ] {
            let name = HeaderName::new_from_ascii_str(name);
            builder = builder.raw_header(HeaderValue::new(name, value.to_owned()));
        }
        let body = MultiPart::alternative()
            .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(page.text()?))
            .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(page.html()?));
        let body = if attachments.is_empty() {
            body
        } else {
            attachments.into_iter().fold(MultiPart::mixed().multipart(body), MultiPart::singlepart)
        };
        builder.multipart(body).map_err(|error| broken(&error))
    }

    /// The attachments that fit, and the names of those that do not.
    fn attachments(&self, parcel: &Parcel) -> (Vec<SinglePart>, Vec<String>) {
        let (mut parts, mut left_out) = (Vec::new(), Vec::new());
        let mut room = self.config.max_attachment_bytes;
        for file in parcel.notices.iter().flat_map(|n| &n.attachments) {
            let name = file_name(&file.name);
            let Some(rest) = room.checked_sub(file.bytes.len()) else {
                left_out.push(name);
                continue;
            };
            room = rest;
            let octets = "application/octet-stream";
            let kind = ContentType::parse(&clean::ascii(&file.mime, 100)).or_else(|_| ContentType::parse(octets));
            if let Ok(kind) = kind {
                parts.push(Part::new(name).body(file.bytes.clone(), kind));
            }
        }
        (parts, left_out)
    }

    async fn credentials(&self) -> Result<Option<Credentials>, SendError> {
        let Some((user, stored)) = &self.login else { return Ok(None) };
        let secret = stored.read().await?;
        Ok(Some(Credentials::new(user.clone(), secret.reveal().to_owned())))
    }
}

#[async_trait]
impl Channel for Smtp {
    fn time_limit(&self) -> Duration {
        self.config.time_limit
    }

    fn rate(&self) -> Rate {
        self.config.rate
    }

    async fn send(&self, parcel: &Parcel) -> Result<(), SendError> {
        let mail = self.message(parcel)?;
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.config.host)
            .port(self.config.port.unwrap_or(match self.config.tls {
                Tls::Starttls => 587,
                Tls::Tls => 465,
                Tls::None => 25,
            }))
            .tls(self.tls.clone())
            .timeout(Some(self.config.time_limit));
        if let Some(credentials) = self.credentials().await? {
            transport = transport.credentials(credentials);
        }
        #[expect(clippy::disallowed_methods, reason = "the notifier bounds each channel's send by its time limit")]
        let sent = transport.build::<Tokio1Executor>().send(mail).await;
        sent.map(drop).map_err(|error| failure(&error))
    }
}

fn failure(error: &lettre::transport::smtp::Error) -> SendError {
    let kind = match error.status().map(|code| code.to_string()).as_deref() {
        // The login or the server as a whole, not this mail: it would be wrong to bury every mail with the old password.
        Some("421" | "454" | "521" | "530" | "534" | "535" | "538") | None => SendErrorKind::Down,
        Some(_) if error.is_permanent() => SendErrorKind::Permanent,
        Some(_) => SendErrorKind::Transient,
    };
    SendError::new(kind, clean::line(&error.to_string(), 500))
}

fn security(config: &SmtpConfig) -> Result<Security, OpenError> {
    if config.tls == Tls::None {
        return Ok(Security::None);
    }
    let mut parameters = TlsParameters::builder(config.host.clone());
    if let Some(path) = &config.ca_file {
        let bad = |error: &dyn std::fmt::Display| {
            OpenError::new("ca_file", format!("cannot be used: `{}`: {error} (name a PEM file)", path.display()))
        };
        let pem = std::fs::read(path).map_err(|error| bad(&error))?;
        if !pem.windows(17).any(|part| part == b"BEGIN CERTIFICATE") {
            return Err(bad(&"no certificate in it"));
        }
        let certificate = Certificate::from_pem(&pem).map_err(|error| bad(&error))?;
        parameters = parameters.certificate_store(CertificateStore::None).add_root_certificate(certificate);
    }
    let parameters =
        parameters.build_rustls().map_err(|error| OpenError::new("host", format!("has no TLS: {error}")))?;
    Ok(if config.tls == Tls::Tls { Security::Wrapper(parameters) } else { Security::Required(parameters) })
}

/// A plain file name, whatever was asked for.
fn file_name(name: &str) -> String {
    let safe: String = clean::line(name, 120)
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' })
        .collect();
    match safe.trim_matches(['.', ' ']) {
        "" => "attachment".to_owned(),
        safe => safe.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::notice::Attachment;
    use crate::sample;

    fn smtp(more: &str) -> Smtp {
        let text = format!(
            "host = \"localhost\"\nfrom = \"T <t@example.com>\"\nto = [\"a@example.com\", \"b@example.com\"]\n{more}"
        );
        Smtp::open(&toml::from_str(&text).unwrap(), &Shared::from(super::super::Wiring::default())).unwrap()
    }

    fn mail(channel: &Smtp, parcel: &Parcel) -> String {
        String::from_utf8(channel.message(parcel).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_mail_has_its_headers_and_both_parts() {
        let text = mail(&smtp(""), &sample::parcel(1));
        for want in [
            "From: T <t@example.com>\r\n",
            "To: a@example.com, b@example.com\r\n",
            "Subject: [Trailwarden] HIGH: Root user signed in without MFA\r\n",
            "Message-ID: <0123456789abcdef0123456789abcdef@example.com>\r\n",
            "X-Trailwarden-Delivery: 0123456789abcdef0123456789abcdef\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Type: multipart/alternative;",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "Content-Type: text/html; charset=utf-8\r\n",
        ] {
            assert!(text.contains(want), "{want}\n{text}");
        }
    }

    #[test]
    fn attachments_fit_or_are_named() {
        let mut parcel = sample::parcel(1);
        let file =
            |name: &str, size| Attachment { name: name.into(), mime: "text/csv".into(), bytes: vec![b'x'; size] };
        parcel.notices[0].attachments = vec![file("../small\r\n.csv", 10), file("big.csv", 91), file("also.csv", 90)];
        let text = mail(&smtp("max_attachment_bytes = 100"), &parcel);
        assert!(text.contains("Content-Disposition: attachment; filename=\"_small .csv\""), "{text}");
        assert!(text.contains("filename=\"also.csv\""));
        assert!(!text.contains("filename=\"big.csv\""));
        assert!(text.contains("Left out because of their size: big.csv"), "{text}");
    }

    #[test]
    fn a_missing_password_is_named() {
        let open = |more: &str| {
            let text =
                format!("host = \"h\"\nfrom = \"t@example.com\"\nto = [\"a@example.com\"]\nusername = \"u\"\n{more}");
            Smtp::open(&toml::from_str(&text).unwrap(), &Shared::from(super::super::Wiring::default())).err().unwrap()
        };
        let error = open("password_env = \"SMTP_PASSWORD\"");
        assert_eq!((error.key, error.text.contains("`SMTP_PASSWORD`, which is not set")), ("password_env", true));
        assert_eq!(open("password_file = \"/nonexistent\"").key, "password_file");
    }

    proptest! {
        #[test]
        fn no_string_of_a_notice_makes_a_header(text in "[\\PC\r\n\u{0}\u{1b}\u{202e}:]{0,80}", name in "\\PC{0,40}|[\r\n a:/]{0,9}") {
            let hostile = format!("{text}\r\nBcc: evil@example.com\r\n\r\n{text}");
            let mut parcel = sample::parcel(1);
            let notice = &mut parcel.notices[0];
            notice.title = hostile.clone();
            notice.group_key = hostile.clone();
            notice.attachments = vec![Attachment { name: name + &hostile, mime: hostile, bytes: vec![1] }];
            let mail = mail(&smtp(""), &parcel);
            let (head, _) = mail.split_once("\r\n\r\n").unwrap();
            let names: Vec<_> = head.split("\r\n").filter(|l| !l.starts_with([' ', '\t'])).map(|l| l.split(':').next().unwrap()).collect();
            prop_assert_eq!(names, ["From", "Subject", "Date", "Message-ID", "References", "To", "X-Trailwarden-Delivery",
                "X-Trailwarden-Severity", "Auto-Submitted", "MIME-Version", "Content-Type"]);
            // In a body, a soft line break of quoted-printable may stand in front of it.
            prop_assert!(!mail.replace("=\r\n", "").contains("\nBcc:"));
        }
    }
}

//! The mailbox of the SMTP server.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{Ran, setting};

/// Prints the mails of a folder as JSON, those alone that went to one address.
const SCRIPT: &str = r#"
import email, email.policy, glob, json, os, sys
found = []
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.eml")), key=lambda path: int(os.path.basename(path)[:-4])):
    with open(path, "rb") as file:
        mail = email.message_from_binary_file(file, policy=email.policy.default)
    if mail["X-RcptTo"] != sys.argv[2]:
        continue
    part = lambda kind: (body := mail.get_body((kind,))) is not None and body.get_content() or ""
    found.append({
        "subject": mail["Subject"], "id": mail["Message-ID"], "path": path, "text": part("plain"), "html": part("html"),
        "attachments": [[a.get_filename(), a.get_content_type(), len(a.get_content())] for a in mail.iter_attachments()],
    })
print(json.dumps(found))
"#;

/// One mail, decoded by Python's `email`.
#[derive(Debug)]
pub struct Mail {
    /// Its `Subject`.
    pub subject: String,
    /// Its `Message-ID`.
    pub id: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// Names, media types and sizes of the attachments.
    pub attachments: Vec<(String, String, u64)>,
    /// The file as it arrived.
    pub path: PathBuf,
}

/// What arrived for an address, in order. A test that has an address to itself meets no other test's mail.
pub fn mails(to: &str) -> Vec<Mail> {
    let output = Command::new(setting("TRAILWARDEN_TEST_PYTHON"))
        .args(["-c", SCRIPT, &setting("TRAILWARDEN_TEST_MAIL"), to])
        .output()
        .expect("Python starts");
    let ran = Ran::new(output, "read mails".to_owned()).ok();
    let found: Vec<Value> = serde_json::from_str(&ran.stdout).expect("the script prints JSON");
    found.iter().map(Mail::read).collect()
}

impl Mail {
    fn read(mail: &Value) -> Mail {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let attachment = |file: &Value| (text(&file[0]), text(&file[1]), file[2].as_u64().unwrap_or_default());
        Mail {
            subject: text(&mail["subject"]),
            id: text(&mail["id"]),
            text: text(&mail["text"]),
            html: text(&mail["html"]),
            attachments: mail["attachments"].as_array().into_iter().flatten().map(attachment).collect(),
            path: Path::new(&text(&mail["path"])).to_owned(),
        }
    }
}

/// A channel of the config file that sends mail to an address through the test's server: STARTTLS, its own authority, AUTH.
pub fn smtp_channel(name: &str, to: &str) -> String {
    let server = setting("TRAILWARDEN_TEST_SMTP");
    let (host, port) = server.rsplit_once(':').expect("host:port");
    format!(
        "[notify.channels.{name}]\nkind = \"smtp\"\nhost = \"{host}\"\nport = {port}\ntls = \"starttls\"\nca_file = \"{}\"\n\
         username = \"{}\"\npassword_env = \"TRAILWARDEN_TEST_SMTP_PASSWORD\"\n\
         from = \"Trailwarden <trailwarden@example.com>\"\nto = [\"{to}\"]\n",
        setting("TRAILWARDEN_TEST_SMTP_CA"),
        setting("TRAILWARDEN_TEST_SMTP_USER"),
    )
}

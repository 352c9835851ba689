//! A terminal that a test types on: Python's `pty`, since a program behaves there as it does before a person.

use std::process::Command;

use serde_json::{Value, json};

use crate::{Ran, Sandbox, setting};

/// Starts the program on a terminal of its own, types and waits as it is told, and prints all that was to be seen, and the exit code.
const SCRIPT: &str = r#"
import fcntl, json, os, pty, select, struct, sys, termios, time
program, size, keys = json.loads(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3])
child, terminal = pty.fork()
if child == 0:
    os.execvp(program[0], program)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", size[0], size[1], 0, 0))
seen, mark, over = "", 0, False
def read(seconds):
    global seen, over
    if over or not select.select([terminal], [], [], seconds)[0]:
        return
    try:
        data = os.read(terminal, 65536)
    except OSError:
        data = b""
    over = not data
    seen += data.decode(errors="replace")
for kind, text in keys:
    if kind == "type":
        os.write(terminal, text.encode())
        continue
    end = time.time() + 90
    while text not in seen[mark:]:
        if over or time.time() > end:
            os.kill(child, 9)
            raise SystemExit(f"{text!r} never came; since the last there was {seen[mark:]!r}")
        read(0.1)
    mark = seen.index(text, mark) + len(text)
while not over:
    read(1)
print(json.dumps([seen, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]))
"#;

/// What a person does at a terminal.
#[derive(Debug, Clone, Copy)]
pub enum Key<'a> {
    /// Types.
    Type(&'a str),
    /// Waits until this is to be seen, after what was waited for before.
    See(&'a str),
}

/// A terminal of 24 lines and 100 columns.
pub struct Terminal<'a> {
    sandbox: &'a Sandbox,
    environment: Vec<(&'a str, &'a str)>,
}

impl<'a> Terminal<'a> {
    /// One in a sandbox, with these variables in its environment.
    pub fn new(sandbox: &'a Sandbox, environment: &[(&'a str, &'a str)]) -> Self {
        Self { sandbox, environment: environment.to_vec() }
    }

    /// Runs the binary there to its end; gives all that was to be seen.
    ///
    /// # Panics
    /// When something does not come within a minute and a half, or the binary does not end with 0.
    pub fn run(&self, args: &[&str], keys: &[Key<'_>]) -> String {
        let keys: Vec<Value> = keys
            .iter()
            .map(|key| match key {
                Key::Type(text) => json!(["type", text]),
                Key::See(text) => json!(["see", text]),
            })
            .collect();
        let theirs = self.sandbox.command(&[]);
        let mut command = Command::new(setting("TRAILWARDEN_TEST_PYTHON"));
        for (name, value) in theirs.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let program: Vec<&str> =
            std::iter::once(theirs.get_program().to_str().expect("a UTF-8 path")).chain(args.iter().copied()).collect();
        command.args(["-c", SCRIPT]).arg(json!(program).to_string()).arg("[24, 100]").arg(json!(keys).to_string());
        command
            .env("TERM", "xterm")
            .env_remove("PAGER")
            .env_remove("XDG_STATE_HOME")
            .envs(self.environment.iter().copied());
        command.current_dir(self.sandbox.path(""));
        let ran = Ran::new(command.output().expect("Python starts"), args.join(" ")).ok();
        let (seen, code): (String, i32) = serde_json::from_str(&ran.stdout).expect("the script prints JSON");
        assert_eq!(code, 0, "{seen}");
        seen
    }
}

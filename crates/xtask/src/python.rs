//! The Python environment of the test servers and of the outside readers: made once in the cache, again when its pins change.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cache;

const REQUIREMENTS: &str = include_str!("../servers/requirements.txt");

/// The interpreter of an environment that has everything of `servers/requirements.txt`; installs it when it has not.
pub(crate) fn environment() -> Result<PathBuf> {
    let folder = cache::folder("venv")?;
    // Two runs at once would install over each other: the second waits, then finds the stamp.
    let lock = File::create(folder.with_extension("lock"))?;
    lock.lock().context("cannot lock the Python environment")?;

    let python = folder.join("bin/python");
    let stamp = folder.join("stamp");
    if python.exists() && fs::read_to_string(&stamp).is_ok_and(|found| found == REQUIREMENTS) {
        return Ok(python);
    }
    eprintln!("xtask: making the Python environment in {} (once, about a minute)", folder.display());
    let host = host_python()?;
    if !succeeds(Command::new(host).args(["-m", "venv", "--clear"]).arg(&folder)) {
        // Debian keeps venv in a package of its own.
        install_debian(&["python3-venv"])?;
        run(Command::new(host).args(["-m", "venv", "--clear"]).arg(&folder))?;
    }
    let requirements = folder.join("requirements.txt");
    fs::write(&requirements, REQUIREMENTS)?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--requirement"])
        .arg(&requirements))?;
    // Last, so that an installation cut short is made again.
    fs::write(&stamp, REQUIREMENTS)?;
    Ok(python)
}

/// The path of Chromium, which draws the pages and mails that tests look at; installed where that is possible.
///
/// `None` says on standard error what to install: the tests that need it then say that they skip.
pub(crate) fn chromium() -> Option<PathBuf> {
    let known = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let find = || known.iter().find_map(|name| on_path(name));
    if let Some(found) = std::env::var_os("TRAILWARDEN_TEST_CHROMIUM").map(PathBuf::from).or_else(find) {
        return Some(found);
    }
    if let Err(error) = install_debian(&["chromium", "fonts-liberation"]) {
        eprintln!("xtask: tests that need a browser will skip: {error:#}");
    }
    find()
}

/// Installs Debian packages when we may, else says what a person has to install.
fn install_debian(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    // HOME does not tell who we are, `id` does, and it is on every system that has apt.
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.trim_ascii() == b"0");
    if !is_root || on_path("apt-get").is_none() {
        bail!("`{names}` is missing and cannot be installed from here: install it with your system's package manager");
    }
    eprintln!("xtask: apt-get install {names}");
    let apt = |args: &[&str]| {
        Command::new("apt-get")
            .arg("-qq")
            .args(args)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(io::stderr())
            .status()
    };
    let install = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    // The package lists may be absent (fresh container) or old; fetching them costs every run, so only on failure.
    let installed = apt(&install)?.success() || (apt(&["update"])?.success() && apt(&install)?.success());
    if !installed {
        bail!("apt-get could not install `{names}`");
    }
    Ok(())
}

fn host_python() -> Result<&'static str> {
    if on_path("python3").is_none() {
        install_debian(&["python3", "python3-venv"])?;
    }
    Ok("python3")
}

/// Where a program of this name lies, as the shell would find it.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn succeeds(command: &mut Command) -> bool {
    command.stdout(io::stderr()).status().is_ok_and(|status| status.success())
}

fn run(command: &mut Command) -> Result<()> {
    let name = Path::new(command.get_program()).display().to_string();
    // Our own standard output is for what the command was asked for.
    let status = command.stdout(io::stderr()).status().with_context(|| format!("cannot start `{name}`"))?;
    if !status.success() {
        bail!("`{name}` failed: {status}");
    }
    Ok(())
}

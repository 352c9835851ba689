//! A disk that loses what nobody synced when the power goes.
//!
//! A shim before the C library writes down what a process does to files under one folder. [`Disk::cut`] then takes away what a
//! disk need not have kept: names whose folder was not synced since they were made, and what was written to a file after its
//! last sync. (What was overwritten in place stays as it is.)

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::Sandbox;
use crate::shim::shim;

/// Each line of the journal: what was done, to which file, and with a sync the size that is safe.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static char dirty[65536];

static void note(const char *what, const char *path, long long size) {
    const char *root = getenv("POWER_ROOT"), *journal = getenv("POWER_JOURNAL");
    char line[PATH_MAX + 64];
    int saved = errno;
    if (!root || !journal || strncmp(path, root, strlen(root)) != 0) return;
    int length = snprintf(line, sizeof line, "%s\t%s\t%lld\n", what, path, size);
    int out = syscall(SYS_openat, AT_FDCWD, journal, O_WRONLY | O_APPEND | O_CREAT, 0644);
    if (out >= 0) {
        if (syscall(SYS_write, out, line, (size_t)length) != length) abort();
        syscall(SYS_close, out);
    }
    errno = saved;
}

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return 1;
}

static void wrote(int fd) {
    char path[PATH_MAX];
    if (fd < 0 || fd >= (int)sizeof dirty || dirty[fd]) return;
    dirty[fd] = 1;
    if (path_of(fd, path)) note("write", path, 0);
}

static void synced(int fd) {
    char path[PATH_MAX];
    struct stat st;
    if (fd >= 0 && fd < (int)sizeof dirty) dirty[fd] = 0;
    if (path_of(fd, path) && fstat(fd, &st) == 0) note("sync", path, st.st_size);
}

static int opened(int fd, const char *path, int fresh) {
    char full[PATH_MAX];
    (void)path;
    if (fd >= 0 && fd < (int)sizeof dirty) dirty[fd] = 0;
    if (fd >= 0 && fresh && path_of(fd, full)) note("make", full, 0);
    return fd;
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

#define OPEN(name) \
int name(const char *path, int flags, ...) { \
    REAL(name); \
    va_list args; va_start(args, flags); mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0; va_end(args); \
    int fresh = (flags & O_CREAT) && access(path, F_OK) != 0; \
    return opened(real(path, flags, mode), path, fresh); \
}
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
int name(int at, const char *path, int flags, ...) { \
    REAL(name); \
    va_list args; va_start(args, flags); mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0; va_end(args); \
    int fresh = (flags & O_CREAT) && faccessat(at, path, F_OK, 0) != 0; \
    return opened(real(at, path, flags, mode), path, fresh); \
}
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(write);
    wrote(fd);
    return real(fd, bytes, count);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    wrote(fd);
    return real(fd, parts, count);
}

#define PWRITE(name, offset) \
ssize_t name(int fd, const void *bytes, size_t count, offset at) { \
    REAL(name); \
    wrote(fd); \
    return real(fd, bytes, count, at); \
}
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

int fsync(int fd) {
    REAL(fsync);
    int result = real(fd);
    if (result == 0) synced(fd);
    return result;
}

int fdatasync(int fd) {
    REAL(fdatasync);
    int result = real(fd);
    if (result == 0) synced(fd);
    return result;
}

static void moved(const char *how, const char *from, const char *to) {
    char both[2 * PATH_MAX];
    snprintf(both, sizeof both, "%s\t%s", to, from);
    note(how, both, 0);
}

int rename(const char *from, const char *to) {
    REAL(rename);
    int result = real(from, to);
    if (result == 0) moved("move", from, to);
    return result;
}

int linkat(int at, const char *from, int to_at, const char *to, int flags) {
    REAL(linkat);
    int result = real(at, from, to_at, to, flags);
    if (result == 0) moved("link", from, to);
    return result;
}

int link(const char *from, const char *to) {
    REAL(link);
    int result = real(from, to);
    if (result == 0) moved("link", from, to);
    return result;
}
"#;

/// A folder of a sandbox on such a disk.
pub struct Disk {
    root: PathBuf,
    journal: PathBuf,
    shim: PathBuf,
}

/// What the disk is sure to keep of a file.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    /// Its name is safe.
    name: bool,
    /// So many of its bytes are.
    bytes: u64,
    /// There are others.
    dirty: bool,
}

/// What a power cut took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lost {
    /// Files whose names were not safe.
    pub files: usize,
    /// Files that lost some of their bytes.
    pub cut: usize,
    /// Files that the disk heard of and that are as they were.
    pub kept: usize,
}

impl Disk {
    /// A disk for the folder `name` of the sandbox.
    pub fn new(sandbox: &Sandbox, name: &str) -> Disk {
        std::fs::create_dir_all(sandbox.path(name)).expect("a folder");
        let root = sandbox.path(name).canonicalize().expect("it was just made");
        Disk { root, journal: sandbox.path(&format!("{name}.journal")), shim: shim(sandbox, "power", SHIM) }
    }

    /// What a process that writes to it needs in its environment.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let of = |path: &Path| path.as_os_str().to_owned();
        vec![("LD_PRELOAD", of(&self.shim)), ("POWER_ROOT", of(&self.root)), ("POWER_JOURNAL", of(&self.journal))]
    }

    /// The power goes: takes away what was not safe. The processes that wrote must be dead. What stays is safe from then on.
    pub fn cut(&self) -> Lost {
        let text = std::fs::read_to_string(&self.journal).unwrap_or_default();
        let mut files: HashMap<PathBuf, Kept> = HashMap::new();
        for line in text.lines() {
            let words: Vec<&str> = line.split('\t').collect();
            match words[..] {
                ["make", path, _] => drop(files.insert(path.into(), Kept::default())),
                ["write", path, _] => {
                    // Of a file that was there before, all that it had is safe.
                    let there = || Kept { name: true, bytes: u64::MAX, dirty: false };
                    files.entry(path.into()).or_insert_with(there).dirty = true;
                }
                ["move" | "link", to, from, _] => {
                    let kept = files.get(Path::new(from)).copied().unwrap_or_default();
                    files.insert(to.into(), Kept { name: false, ..kept });
                }
                ["sync", path, size] => {
                    if Path::new(path).is_dir() {
                        let inside = files.iter_mut().filter(|(file, _)| file.parent() == Some(Path::new(path)));
                        inside.for_each(|(_, kept)| kept.name = true);
                    } else if let Some(kept) = files.get_mut(Path::new(path)) {
                        (kept.bytes, kept.dirty) = (size.parse().expect("a size"), false);
                    }
                }
                _ => panic!("what is `{line}`?"),
            }
        }
        let mut lost = Lost::default();
        for (path, kept) in files.into_iter().filter(|(path, _)| path.is_file()) {
            if !kept.name {
                std::fs::remove_file(&path).expect("a file goes");
                lost.files += 1;
            } else if kept.dirty && path.metadata().expect("it is there").len() > kept.bytes {
                let file = std::fs::File::options().write(true).open(&path).expect("a file");
                file.set_len(kept.bytes).expect("it can be cut");
                lost.cut += 1;
            } else {
                lost.kept += 1;
            }
        }
        std::fs::write(&self.journal, "").expect("a file is emptied");
        lost
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn only_what_was_synced_stays() {
        let sandbox = Sandbox::new();
        let disk = Disk::new(&sandbox, "disk");
        let script = "import os, sys\nos.chdir(sys.argv[1])\n\
            def put(name, text, sync):\n    f = os.open(os.path.join(os.getcwd(), name), os.O_WRONLY | os.O_CREAT)\n    os.write(f, text)\n    \
            if sync: os.fsync(f)\n    return f\n\
            put('both', b'kept', True)\nput('name', b'gone', False)\nf = put('half', b'kept', True)\nos.write(f, b' and more')\n\
            d = os.open(os.getcwd(), os.O_RDONLY)\nos.fsync(d)\n\
            put('content', b'no name', True)\nos.rename(os.path.join(os.getcwd(), 'both'), os.path.join(os.getcwd(), 'renamed'))\n";
        let status = Command::new("python3")
            .args(["-c", script])
            .arg(&disk.root)
            .envs(disk.environment())
            .status()
            .expect("Python starts");
        assert!(status.success());
        let lost = disk.cut();
        let read = |name: &str| std::fs::read_to_string(disk.root.join(name)).ok();
        assert_eq!((read("name").as_deref(), read("half").as_deref()), (Some(""), Some("kept")), "{lost:?}");
        assert_eq!((read("content"), read("renamed")), (None, None));
        assert_eq!((lost.files, lost.cut), (2, 2));
    }
}

//! A disk that runs full: a shim before the C library lets no more bytes into one folder while a file says so.

use std::path::{Path, PathBuf};

use crate::Sandbox;
use crate::shim::shim;

/// Every write that is refused adds a byte to a file outside of the folder, so that a test can count them.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int full(int fd) {
    const char *root = getenv("SPACE_ROOT"), *sign = getenv("SPACE_FULL"), *refused = getenv("SPACE_REFUSED");
    char link[64], path[PATH_MAX];
    int saved = errno;
    if (!root || !sign || !refused || syscall(SYS_faccessat, AT_FDCWD, sign, F_OK) != 0) {
        errno = saved;
        return 0;
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) length = 0;
    path[length] = 0;
    if (strncmp(path, root, strlen(root)) != 0) {
        errno = saved;
        return 0;
    }
    int out = syscall(SYS_openat, AT_FDCWD, refused, O_WRONLY | O_APPEND | O_CREAT, 0644);
    if (out >= 0) {
        if (syscall(SYS_write, out, ".", (size_t)1) != 1) abort();
        syscall(SYS_close, out);
    }
    errno = ENOSPC;
    return 1;
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(write);
    return full(fd) ? -1 : real(fd, bytes, count);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    return full(fd) ? -1 : real(fd, parts, count);
}

#define PWRITE(name, offset) \
ssize_t name(int fd, const void *bytes, size_t count, offset at) { \
    REAL(name); \
    return full(fd) ? -1 : real(fd, bytes, count, at); \
}
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)
"#;

/// The disk that a folder of the sandbox lies on, with room for now.
pub struct Space {
    shim: PathBuf,
    root: PathBuf,
    sign: PathBuf,
    refused: PathBuf,
}

impl Space {
    /// For what is under this folder of the sandbox.
    pub fn new(sandbox: &Sandbox, folder: &str) -> Space {
        let root = sandbox.path(folder);
        std::fs::create_dir_all(&root).expect("a folder");
        // The shim sees files by their real path.
        let root = root.canonicalize().expect("it is there");
        let (sign, refused) = (sandbox.path("space.full"), sandbox.path("space.refused"));
        Space { shim: shim(sandbox, "space", SHIM), root, sign, refused }
    }

    /// What the process needs in its environment.
    pub fn environment(&self) -> [(&'static str, &Path); 4] {
        [
            ("LD_PRELOAD", &self.shim),
            ("SPACE_ROOT", &self.root),
            ("SPACE_FULL", &self.sign),
            ("SPACE_REFUSED", &self.refused),
        ]
    }

    /// From now on nothing more fits.
    pub fn fill(&self) {
        std::fs::write(&self.sign, "").expect("a file is written");
    }

    /// Makes room again.
    pub fn free(&self) {
        std::fs::remove_file(&self.sign).expect("it was full");
    }

    /// How many writes were refused so far.
    pub fn refused(&self) -> usize {
        std::fs::read(&self.refused).map_or(0, |marks| marks.len())
    }
}

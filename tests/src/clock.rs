//! A clock that a test can turn: a shim before the C library that adds seconds from a file to the time of day.

use std::path::{Path, PathBuf};

use crate::Sandbox;
use crate::shim::shim;

/// What the shim is made of. The monotonic clock runs on, as it does on a machine whose time is set.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long shift(void) {
    const char *path = getenv("CLOCK_SHIFT");
    long seconds = 0;
    FILE *file = path ? fopen(path, "r") : NULL;
    if (file) {
        if (fscanf(file, "%ld", &seconds) != 1) seconds = 0;
        fclose(file);
    }
    return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, time);
    if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += shift();
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;
    int result = clock_gettime(CLOCK_REALTIME, &now);
    (void)zone;
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return result;
}
"#;

/// A clock for a process of the sandbox.
pub struct Clock {
    shim: PathBuf,
    shift: PathBuf,
}

impl Clock {
    /// A clock that shows the right time for now.
    pub fn new(sandbox: &Sandbox) -> Clock {
        let shim = shim(sandbox, "clock", SHIM);
        Clock { shim, shift: sandbox.write("clock.shift", "0") }
    }

    /// What the process needs in its environment.
    pub fn environment(&self) -> [(&'static str, &Path); 2] {
        [("LD_PRELOAD", &self.shim), ("CLOCK_SHIFT", &self.shift)]
    }

    /// Sets the clock so many seconds ahead of the right time, or behind it.
    pub fn set(&self, seconds: i64) {
        // In one step, so that nobody reads half of it.
        let new = self.shift.with_extension("new");
        std::fs::write(&new, seconds.to_string()).expect("a file is written");
        std::fs::rename(new, &self.shift).expect("a file is renamed");
    }
}

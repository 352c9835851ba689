//! What decoding costs: `decode_bench FOLDER THREADS inflate|decode|decode-hash` reads every `.json.gz` below a folder into
//! memory, does the work on so many threads, and prints one JSON line with CPU and wall seconds of the work alone.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use trail_event::{Decoder, Limits};

/// The allocator of the program itself.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn find(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            find(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "gz") {
            found.push(path);
        }
    }
}

/// CPU seconds of this process so far, user and system, from the kernel's clock ticks of 10 ms.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let [_, folder, threads, mode] = args.as_slice() else {
        println!("usage: decode_bench FOLDER THREADS inflate|decode|decode-hash");
        return;
    };
    let threads: usize = threads.parse().expect("a number of threads");
    let mut paths = Vec::new();
    find(Path::new(folder), &mut paths);
    paths.sort();
    let objects: Vec<(String, Vec<u8>)> = paths
        .into_iter()
        .map(|path| (path.display().to_string(), std::fs::read(&path).expect("a readable file")))
        .collect();
    let (next, events, bytes) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut decoder = Decoder::new(Limits::default(), mode == "decode-hash");
                let mut inflater = libdeflater::Decompressor::new();
                // One buffer for all: the bare cost of inflating, without that of memory.
                let mut text = Vec::new();
                while let Some((name, body)) = objects.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if mode == "inflate" {
                        let length = u32::from_le_bytes(*body.last_chunk().expect("a trailer")) as usize;
                        text.resize(length.max(text.len()), 0);
                        inflater.gzip_decompress(body, &mut text[..length]).expect("whole gzip");
                        bytes.fetch_add(length, Ordering::Relaxed);
                    } else {
                        let decoded = decoder.decode(name, 0, body);
                        bytes.fetch_add(usize::try_from(decoded.inflated_bytes).unwrap_or(0), Ordering::Relaxed);
                        events.fetch_add(decoded.batches.iter().map(|batch| batch.num_rows()).sum(), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    println!(
        "{{\"mode\":\"{mode}\",\"cpu\":{:.2},\"wall\":{:.3},\"events\":{},\"bytes\":{}}}",
        cpu_seconds() - cpu,
        wall.elapsed().as_secs_f64(),
        events.into_inner(),
        bytes.into_inner()
    );
}

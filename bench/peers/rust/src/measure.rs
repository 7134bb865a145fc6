// SPDX-License-Identifier: BSD-2-Clause
//! Time of this thread, and how long a workload is run.

use std::hint::black_box;

/// A workload: `run` handles so many items and goes on where it stopped; `fresh` begins anew, not
/// timed.
pub trait Workload {
    fn fresh(&mut self);
    fn run(&mut self, items: u64);
    /// After so many items comes `between`, not timed; 0: never.
    fn period(&self) -> u64 {
        0
    }
    fn between(&mut self) {}
}

#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

extern "C" {
    fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
}

/// As Google Benchmark's cpu_time: what other programs take away does not count.
fn thread_ns() -> u64 {
    const CLOCK_THREAD_CPUTIME_ID: i32 = 3;
    let mut time = Timespec { seconds: 0, nanoseconds: 0 };
    // SAFETY: `time` is what the C library expects, and lives through the call.
    unsafe { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.seconds as u64 * 1_000_000_000 + time.nanoseconds as u64
}

const CHUNK: u64 = 1024;

struct Timer<'a> {
    workload: &'a mut dyn Workload,
    until_between: u64,
}

impl Timer<'_> {
    /// Nanoseconds of `items` items.
    fn time(&mut self, mut items: u64) -> u64 {
        let mut ns = 0;
        while self.until_between <= items {
            ns += self.stretch(self.until_between);
            items -= self.until_between;
            self.workload.between();
            self.until_between = self.workload.period();
        }
        ns += self.stretch(items);
        if self.until_between != u64::MAX {
            self.until_between -= items;
        }
        ns
    }

    fn stretch(&mut self, items: u64) -> u64 {
        let begin = thread_ns();
        self.workload.run(items);
        thread_ns() - begin
    }
}

/// Nanoseconds per item, over at least `seconds`, after a shorter run that warms up.
pub fn measure(workload: &mut dyn Workload, seconds: f64) -> (f64, u64) {
    let wanted = (seconds * 1e9) as u64;
    let mut items = CHUNK;
    loop {
        workload.fresh();
        let until_between = match workload.period() {
            0 => u64::MAX,
            period => period,
        };
        let ns = Timer { workload, until_between }.time(items);
        if ns >= wanted {
            return (ns as f64 / items as f64, items);
        }
        let scale = (wanted as f64 * 1.2 / ns.max(1) as f64).clamp(1.1, 10.0);
        items = (items as f64 * scale) as u64 / CHUNK * CHUNK + CHUNK;
    }
}

/// For callgrind, which counts this function alone.
#[inline(never)]
#[no_mangle]
pub fn bench_measured(workload: &mut dyn Workload, items: u64) {
    black_box(&mut *workload).run(items);
}

pub fn count(workload: &mut dyn Workload, items: u64) {
    workload.fresh();
    bench_measured(workload, items);
}

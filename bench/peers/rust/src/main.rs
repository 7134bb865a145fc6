// SPDX-License-Identifier: BSD-2-Clause
//! flowscope-peer VERSION NAME [OPTION...]: runs one row of the bench with the Rust crate flowscope
//! 0.3 or 0.25, and prints a line of JSON. Options: --frames=FILE --before=N --warm=N --max-flows=N
//! as `flowscope_bench --rows` says; --seconds=S how long to measure; --instructions=N runs N items
//! once, in bench_measured(), for callgrind.

mod frames;
mod handshake;
mod measure;
mod v0_25;
mod v0_3;
mod version;

use std::process::exit;

pub struct Spec {
    name: String,
    frames: String,
    before: usize,
    warm: u64,
    max_flows: usize,
}

impl Spec {
    fn load(&self) -> frames::Frames {
        frames::Frames::load(&self.frames).unwrap_or_else(|error| {
            fail(&format!("{}: {error}", self.frames));
        })
    }
}

fn fail(message: &str) -> ! {
    eprintln!("flowscope-peer: {message}");
    exit(1);
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| fail(&format!("{text} is no number")))
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(version), Some(name)) = (arguments.next(), arguments.next()) else {
        fail("usage: flowscope-peer VERSION NAME [OPTION...]");
    };
    let mut spec = Spec { name, frames: String::new(), before: 0, warm: 0, max_flows: 100_000 };
    let (mut seconds, mut instructions) = (0.2, None);
    for argument in arguments {
        match argument.split_once('=') {
            Some(("--frames", value)) => spec.frames = value.to_string(),
            Some(("--before", value)) => spec.before = number(value),
            Some(("--warm", value)) => spec.warm = number(value),
            Some(("--max-flows", value)) => spec.max_flows = number(value),
            Some(("--seconds", value)) => seconds = number(value),
            Some(("--instructions", value)) => instructions = Some(number(value)),
            _ => fail(&format!("{argument} is no option")),
        }
    }
    let workload = match version.as_str() {
        "0.3" => v0_3::workload(&spec),
        "0.25" => v0_25::workload(&spec),
        _ => fail(&format!("{version} is neither 0.3 nor 0.25")),
    };
    let Some(mut workload) = workload else {
        fail(&format!("there is no row {}", spec.name));
    };
    if let Some(items) = instructions {
        measure::count(workload.as_mut(), items);
        println!("{{\"packets\": {items}}}");
    } else {
        let (ns, items) = measure::measure(workload.as_mut(), seconds);
        println!("{{\"name\": \"{}\", \"ns\": {ns:.3}, \"packets\": {items}}}", spec.name);
    }
}

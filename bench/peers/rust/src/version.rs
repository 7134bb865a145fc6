// SPDX-License-Identifier: BSD-2-Clause
//! What is the same with both versions of the crate; `version!` makes a module of it for one.

macro_rules! version {
    ($flowscope:ident, segment: $segment:ident, stopped: $stopped:ident) => {
        use crate::frames::Frames;
        use crate::measure::Workload;
        use crate::Spec;
        use std::hint::black_box;
        use $flowscope::extract::FiveTuple;
        use $flowscope::{
            BufferedReassembler, Dedup, FlowExtractor, FlowTracker, FlowTrackerConfig,
            OverflowPolicy, PacketView, Reassembler, Timestamp,
        };

        const START_S: u32 = 0;

        fn time(us: u32) -> Timestamp {
            Timestamp::new(START_S + us / 1_000_000, us % 1_000_000 * 1000)
        }

        struct Extract {
            frames: Frames,
            at: usize,
        }

        impl Workload for Extract {
            fn fresh(&mut self) {}

            fn run(&mut self, items: u64) {
                let extractor = FiveTuple::bidirectional();
                let mut at = self.at;
                for _ in 0..items {
                    let frame = self.frames.list[at];
                    let view = PacketView::new(self.frames.bytes(frame), time(frame.time_us));
                    black_box(extractor.extract(view));
                    at = if at + 1 == self.frames.list.len() { 0 } else { at + 1 };
                }
                self.at = at;
            }
        }

        struct Track {
            frames: Frames,
            before: usize,
            warm: u64,
            max_flows: usize,
            capture: bool,
            tracker: Option<FlowTracker<FiveTuple>>,
            at: usize,
            events: u64,
        }

        impl Track {
            fn begin(&mut self) {
                let mut config = FlowTrackerConfig::default();
                config.max_flows = self.max_flows;
                self.tracker = None;
                self.tracker = Some(FlowTracker::with_config(FiveTuple::bidirectional(), config));
                self.at = 0;
            }
        }

        impl Workload for Track {
            fn fresh(&mut self) {
                // What takes long to fill is filled once.
                if self.tracker.is_some() && (self.before > 0 || self.warm > 0) {
                    return;
                }
                self.begin();
                self.run(self.before as u64 + self.warm);
            }

            fn run(&mut self, items: u64) {
                let Track { frames, before, tracker, at, events, .. } = self;
                let tracker = tracker.as_mut().expect("fresh() comes first");
                let mut next = *at;
                for _ in 0..items {
                    let frame = frames.list[next];
                    let view = PacketView::new(frames.bytes(frame), time(frame.time_us));
                    for event in tracker.track(view) {
                        black_box(&event);
                        *events += 1;
                    }
                    next = if next + 1 == frames.list.len() { *before } else { next + 1 };
                }
                *at = next;
            }

            fn period(&self) -> u64 {
                if self.capture {
                    self.frames.list.len() as u64
                } else {
                    0
                }
            }

            fn between(&mut self) {
                self.begin();
            }
        }

        struct Segments {
            reassembler: BufferedReassembler,
            payload: Vec<u8>,
            seq: u32,
            drain_above: usize,
        }

        impl Workload for Segments {
            fn fresh(&mut self) {}

            fn run(&mut self, items: u64) {
                for _ in 0..items {
                    $segment!(self.reassembler, self.seq, &self.payload);
                    self.seq = self.seq.wrapping_add(self.payload.len() as u32);
                    if self.reassembler.buffered_len() > self.drain_above {
                        black_box(self.reassembler.take());
                    }
                }
            }
        }

        struct Ahead(BufferedReassembler, Vec<u8>);

        impl Workload for Ahead {
            fn fresh(&mut self) {}

            fn run(&mut self, items: u64) {
                for _ in 0..items {
                    $segment!(self.0, 1_000_000, &self.1);
                    black_box(self.0.dropped_segments());
                }
            }
        }

        fn segments(reassembler: BufferedReassembler, drain_above: usize) -> Box<dyn Workload> {
            Box::new(Segments { reassembler, payload: vec![0; 1500], seq: 0, drain_above })
        }

        fn reassembler(name: &str) -> Option<Box<dyn Workload>> {
            let new = BufferedReassembler::new;
            let never = usize::MAX;
            Some(match name {
                "in_order_1500_uncapped" => segments(new(), 1_000_000),
                "in_order_1500_capped_1m" => segments(new().with_max_buffer(1 << 20), 1 << 19),
                "sliding_window_overflow" => segments(new().with_max_buffer(100), never),
                "drop_flow_poisoned" => {
                    let mut stopped =
                        new().with_max_buffer(100).with_overflow_policy(OverflowPolicy::DropFlow);
                    $segment!(stopped, 0, &[0; 1500]);
                    assert!(stopped.$stopped());
                    segments(stopped, never)
                }
                "ooo_drops" => {
                    let mut primed = new();
                    $segment!(primed, 0, &[0; 1500]);
                    Box::new(Ahead(primed, vec![0; 1500]))
                }
                _ => return None,
            })
        }

        struct Copies {
            dedup: Dedup,
            frames: Vec<Vec<u8>>,
            at: usize,
        }

        impl Workload for Copies {
            fn fresh(&mut self) {}

            fn run(&mut self, items: u64) {
                for _ in 0..items {
                    let view = PacketView::new(&self.frames[self.at], time(0));
                    black_box(self.dedup.keep(view));
                    self.at = if self.at + 1 == self.frames.len() { 0 } else { self.at + 1 };
                }
            }
        }

        fn dedup(name: &str) -> Option<Box<dyn Workload>> {
            let (count, length) = match name {
                "unique_64" => (1024, 64),
                "unique_1500" => (1024, 1500),
                "duplicate_1500" => (1, 1500),
                _ => return None,
            };
            let numbered = |i: u32| {
                let mut frame = vec![0; length];
                frame[..4].copy_from_slice(&i.to_be_bytes());
                frame
            };
            let frames = (0..count).map(numbered).collect();
            Some(Box::new(Copies { dedup: Dedup::loopback(), frames, at: 0 }))
        }

        pub fn workload(spec: &Spec) -> Option<Box<dyn Workload>> {
            let (group, name) = spec.name.split_once('/')?;
            match group {
                "extractor" => Some(Box::new(Extract { frames: spec.load(), at: 0 })),
                "tracker" | "capture" => Some(Box::new(Track {
                    frames: spec.load(),
                    before: spec.before,
                    warm: spec.warm,
                    max_flows: spec.max_flows,
                    capture: group == "capture",
                    tracker: None,
                    at: 0,
                    events: 0,
                })),
                "reassembler" => reassembler(name),
                "dedup" => dedup(name),
                "session_driver" => Some(passthrough()),
                _ => None,
            }
        }
    };
}

pub(crate) use version;

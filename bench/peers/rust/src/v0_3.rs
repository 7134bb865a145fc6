// SPDX-License-Identifier: BSD-2-Clause
//! flowscope 0.3.0.

use crate::handshake;

macro_rules! segment {
    ($reassembler:expr, $seq:expr, $payload:expr) => {
        $reassembler.segment($seq, $payload)
    };
}

crate::version::version!(v0_3, segment: segment, stopped: is_poisoned);

#[derive(Default, Clone)]
struct Silent;

impl v0_3::SessionParser for Silent {
    type Message = ();

    fn feed_initiator(&mut self, _bytes: &[u8]) -> Vec<()> {
        Vec::new()
    }

    fn feed_responder(&mut self, _bytes: &[u8]) -> Vec<()> {
        Vec::new()
    }
}

struct Passthrough {
    driver: v0_3::FlowSessionDriver<FiveTuple, Silent>,
    seq: u32,
    payload: Vec<u8>,
}

impl Workload for Passthrough {
    fn fresh(&mut self) {}

    fn run(&mut self, items: u64) {
        for _ in 0..items {
            let frame = handshake::data(self.seq, &self.payload);
            black_box(self.driver.track(PacketView::new(&frame, time(0))));
            self.seq = self.seq.wrapping_add(self.payload.len() as u32);
        }
    }
}

fn passthrough() -> Box<dyn Workload> {
    let mut driver = v0_3::FlowSessionDriver::new(FiveTuple::bidirectional());
    for frame in handshake::opening() {
        driver.track(PacketView::new(&frame, time(0)));
    }
    Box::new(Passthrough { driver, seq: handshake::FIRST_SEQ, payload: vec![b'A'; 1400] })
}

// SPDX-License-Identifier: BSD-2-Clause
//! The newest flowscope 0.25.

use crate::handshake;
use v0_25::driver::{Driver, Event, SlotHandle, SlotMessage};
use v0_25::extract::FiveTupleKey;

macro_rules! segment {
    ($reassembler:expr, $seq:expr, $payload:expr) => {
        $reassembler.segment($seq, $payload, time(0))
    };
}

crate::version::version!(v0_25, segment: segment, stopped: is_stopped);

#[derive(Default, Clone)]
struct Silent;

impl v0_25::SessionParser for Silent {
    type Message = ();

    fn feed_initiator(&mut self, _bytes: &[u8], _time: Timestamp, _out: &mut Vec<()>) {}

    fn feed_responder(&mut self, _bytes: &[u8], _time: Timestamp, _out: &mut Vec<()>) {}
}

struct Passthrough {
    driver: Driver<FiveTuple>,
    slot: SlotHandle<(), FiveTupleKey>,
    events: Vec<Event<FiveTupleKey>>,
    messages: Vec<SlotMessage<(), FiveTupleKey>>,
    seq: u32,
    payload: Vec<u8>,
}

impl Workload for Passthrough {
    fn fresh(&mut self) {}

    fn run(&mut self, items: u64) {
        for _ in 0..items {
            let frame = handshake::data(self.seq, &self.payload);
            self.driver.track_into(PacketView::new(&frame, time(0)), &mut self.events);
            self.slot.drain(&mut self.messages);
            black_box((&self.events, &self.messages));
            self.events.clear();
            self.messages.clear();
            self.seq = self.seq.wrapping_add(self.payload.len() as u32);
        }
    }
}

fn passthrough() -> Box<dyn Workload> {
    let mut builder = Driver::builder(FiveTuple::bidirectional());
    let slot = builder.session_on_ports(Silent, [80]);
    let mut driver = builder.build();
    let mut events = Vec::new();
    for frame in handshake::opening() {
        driver.track_into(PacketView::new(&frame, time(0)), &mut events);
    }
    events.clear();
    let (messages, payload) = (Vec::new(), vec![b'A'; 1400]);
    Box::new(Passthrough { driver, slot, events, messages, seq: handshake::FIRST_SEQ, payload })
}

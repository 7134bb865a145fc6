// SPDX-License-Identifier: BSD-2-Clause
//! Frames from a pcap that flowscope_bench wrote, laid out as it lays them out: each on cache lines
//! of its own, in the order of their use.

use std::{fs, io};

const LINE: usize = 64;

#[derive(Clone, Copy)]
pub struct Frame {
    at: usize,
    length: u32,
    pub time_us: u32,
}

pub struct Frames {
    memory: Vec<u8>,
    shift: usize,
    pub list: Vec<Frame>,
}

fn word(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

impl Frames {
    pub fn load(path: &str) -> io::Result<Frames> {
        let file = fs::read(path)?;
        let mut records = Vec::new();
        let (mut at, mut room) = (24, 0);
        while at + 16 <= file.len() {
            let length = word(&file, at + 8);
            let time_us = word(&file, at) * 1_000_000 + word(&file, at + 4);
            records.push((at + 16, length, time_us));
            room += length.next_multiple_of(LINE);
            at += 16 + length;
        }
        let mut memory = vec![0; room + LINE];
        let shift = memory.as_ptr().align_offset(LINE);
        let mut used = shift;
        let mut list = Vec::with_capacity(records.len());
        for (from, length, time_us) in records {
            memory[used..used + length].copy_from_slice(&file[from..from + length]);
            list.push(Frame { at: used, length: length as u32, time_us: time_us as u32 });
            used += length.next_multiple_of(LINE);
        }
        Ok(Frames { memory, shift, list })
    }

    pub fn bytes(&self, frame: Frame) -> &[u8] {
        debug_assert!(frame.at >= self.shift);
        &self.memory[frame.at..frame.at + frame.length as usize]
    }
}

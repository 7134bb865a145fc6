// SPDX-License-Identifier: BSD-2-Clause
//! The frames of session_driver/passthrough, which the seed builds while it measures.

const CLIENT: ([u8; 4], u16) = ([10, 0, 0, 1], 1234);
const SERVER: ([u8; 4], u16) = ([10, 0, 0, 2], 80);
const SYN: u8 = 0x02;
const ACK: u8 = 0x10;
const PSH: u8 = 0x08;

pub const FIRST_SEQ: u32 = 1001;

fn header_checksum(header: &[u8]) -> u16 {
    let mut sum: u32 =
        header.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

fn frame(reverse: bool, seq: u32, ack: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let (from, to) = if reverse { (SERVER, CLIENT) } else { (CLIENT, SERVER) };
    let mut frame = Vec::new();
    frame.extend_from_slice(&[0; 12]);
    frame.extend_from_slice(&[0x08, 0x00, 0x45, 0]);
    frame.extend_from_slice(&(40 + payload.len() as u16).to_be_bytes());
    frame.extend_from_slice(&[0, 0, 0, 0, 64, 6, 0, 0]);
    frame.extend_from_slice(&from.0);
    frame.extend_from_slice(&to.0);
    let checksum = header_checksum(&frame[14..34]);
    frame[24..26].copy_from_slice(&checksum.to_be_bytes());
    frame.extend_from_slice(&from.1.to_be_bytes());
    frame.extend_from_slice(&to.1.to_be_bytes());
    frame.extend_from_slice(&seq.to_be_bytes());
    frame.extend_from_slice(&ack.to_be_bytes());
    frame.extend_from_slice(&[0x50, flags, 0x20, 0, 0, 0, 0, 0]);
    frame.extend_from_slice(payload);
    frame
}

pub fn opening() -> [Vec<u8>; 3] {
    [
        frame(false, 1000, 0, SYN, b""),
        frame(true, 5000, 1001, SYN | ACK, b""),
        frame(false, 1001, 5001, ACK, b""),
    ]
}

pub fn data(seq: u32, payload: &[u8]) -> Vec<u8> {
    frame(false, seq, 5001, PSH | ACK, payload)
}

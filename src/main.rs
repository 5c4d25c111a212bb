//! `pingfeng`.
fn main() {}

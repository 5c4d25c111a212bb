//! `pingfengctl`.
fn main() {}

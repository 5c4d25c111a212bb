//! Any bytes as each message between hub and device: no panic, and what is read is said again in the same words.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use pingfeng_wire::{
    Ack, Command, Presence, Receipt, Records, Renewal, Renewed, Report, Target, TrustDocuments, Want, Welcome, topic,
};
use serde::{Serialize, de::DeserializeOwned};

fn message<M: DeserializeOwned + Serialize + PartialEq + Debug>(bytes: &[u8]) {
    let Ok(message) = serde_json::from_slice::<M>(bytes) else { return };
    let Ok(said) = serde_json::to_vec(&message) else { panic!("{message:?} cannot be said") };
    match serde_json::from_slice::<M>(&said) {
        Ok(again) => assert_eq!(again, message),
        Err(error) => panic!("{message:?} cannot be read again: {error}"),
    }
}

fuzz_target!(|bytes: &[u8]| {
    message::<Target>(bytes);
    message::<TrustDocuments>(bytes);
    message::<Ack>(bytes);
    message::<Command>(bytes);
    message::<Welcome>(bytes);
    message::<Renewed>(bytes);
    message::<Report>(bytes);
    message::<Want>(bytes);
    message::<Records>(bytes);
    message::<Receipt>(bytes);
    message::<Presence>(bytes);
    message::<Renewal>(bytes);
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Some(from) = topic::parse_up(text)
    {
        assert!(topic::id_is_valid(from.device));
    }
});

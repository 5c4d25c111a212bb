//! Any bytes as a document: no panic, every finding with a place, an exhibition only where there is no error.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut documents = BTreeMap::new();
    // Several documents at once, parted by a record separator, so that they can refer to each other.
    for (index, part) in bytes.split(|byte| *byte == 0x1e).take(8).enumerate() {
        documents.insert(format!("{index}.yaml"), part.to_vec());
    }
    let files = BTreeMap::from([("a.svg".to_owned(), 1), ("a.mp4".to_owned(), 1)]);
    let compilation = pingfeng_content::compile(&documents, &files);
    assert_eq!(compilation.compiled.is_none(), compilation.findings.has_errors());
    for finding in &compilation.findings {
        assert!(finding.at.line == 0 || finding.at.column > 0);
    }
});

//! Giving pieces to other devices of the site, while the hub allows it.

use std::sync::Arc;

use pingfeng_release::store::Larder;

use super::{DiskJob, Out, Output};

/// What is given, and to whom.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    /// Whoever has it belongs to the site. Base64 of 32 bytes.
    pub key: String,
    pub larder: Arc<Larder>,
}

#[derive(Debug, Default)]
pub(super) struct Sharing {
    /// The key under which pieces are being given.
    shared: Option<String>,
    larder: Option<Arc<Larder>>,
    /// The disk is looking what there is.
    stocking: bool,
    /// What was there when it last looked is still what is there.
    stocked: bool,
}

impl Sharing {
    /// Releases came or went.
    pub(super) fn changed(&mut self) {
        self.stocked = false;
    }

    /// What there is to give; `None`: the disk could not say.
    pub(super) fn stocked(&mut self, larder: Option<Arc<Larder>>, out: &mut Out<'_>) {
        self.stocking = false;
        self.larder = larder;
        // Whoever shares shares the new stock from now on.
        if self.shared.take().is_some() && self.larder.is_none() {
            out.outputs.push(Output::Share(None));
        }
    }

    /// `key`: of the site, if the hub allows it. `quiet`: the disk has time to look what there is.
    pub(super) fn poll(&mut self, key: Option<&str>, quiet: bool, out: &mut Out<'_>) {
        let Some(key) = key else {
            // The memory it takes is not kept for a day that may not come.
            (self.larder, self.stocked) = (None, false);
            if self.shared.take().is_some() {
                out.outputs.push(Output::Share(None));
            }
            return;
        };
        if !self.stocked && !self.stocking && quiet {
            (self.stocking, self.stocked) = (true, true);
            out.disk(DiskJob::Stock);
        }
        if let Some(larder) = self.larder.as_ref().filter(|larder| !larder.releases().is_empty())
            && self.shared.as_deref() != Some(key)
        {
            self.shared = Some(key.to_owned());
            out.outputs.push(Output::Share(Some(Share { key: key.to_owned(), larder: larder.clone() })));
        }
    }
}

//! The guard on a device: what it is asked, with what facts, and what it says of itself to the hub.
//!
//! The rules are those of `pingfeng_release::trust`. Here is only when they are asked, and that an answer which changes
//! what the device believes is on the disk before it counts.

use std::collections::BTreeSet;

use pingfeng_content::model::{Lang, Text};
use pingfeng_release::store::{Store, this_runtime};
use pingfeng_release::trust::{Accept, Facts, Guard, Notice, Refusal, StoredTrust, TrustState};
use pingfeng_wire::{Offer, TrustDocuments, TrustMode, TrustReport, TrustVersions, limits};
use semver::Version;

use crate::clock::Clock;
use crate::machine::JobError;

/// The guard, and what the device knows of itself.
#[derive(Debug)]
pub(crate) struct Watch {
    guard: Guard,
    groups: BTreeSet<String>,
    runtime: Version,
    /// The last documents or notice were refused: a warning until better ones come.
    refused: BTreeSet<&'static str>,
}

impl Watch {
    pub(crate) fn new(stored: &StoredTrust, accept: Accept, group: &str) -> Self {
        let groups = (!group.is_empty()).then(|| group.to_owned()).into_iter().collect();
        Self { guard: Guard::new(stored.clone(), accept), groups, runtime: this_runtime(), refused: BTreeSet::new() }
    }

    fn ask<T>(&mut self, clock: &dyn Clock, question: impl FnOnce(&mut Guard, &Facts<'_>) -> T) -> T {
        let facts = Facts {
            groups: &self.groups,
            runtime: &self.runtime,
            now_ms: clock.wall_ms(),
            clock_trusted: clock.trusted(),
        };
        question(&mut self.guard, &facts)
    }

    /// Says whether a release would be shown, without remembering it: it may yet be replaced by another.
    pub(crate) fn would_accept(&mut self, offer: &Offer, manifest: &[u8], clock: &dyn Clock) -> Result<(), JobError> {
        let before = self.guard.clone();
        let answer = self.ask(clock, |guard, facts| guard.accept_release(envelope(offer), manifest, facts));
        self.guard = before;
        answer.map(drop).map_err(|refusal| refused(&refusal))
    }

    /// The same for a release from a stick, with the words for the person who stands there. A stick is not the hub: a
    /// device that takes its hub's word takes nothing from it.
    pub(crate) fn would_accept_from_stick(
        &mut self,
        offer: &Offer,
        manifest: &[u8],
        clock: &dyn Clock,
    ) -> Result<(), Text> {
        if matches!(self.guard, Guard::HubAlone) {
            return Err(Refusal::NoRoot.text());
        }
        let before = self.guard.clone();
        let answer = self.ask(clock, |guard, facts| guard.accept_release(envelope(offer), manifest, facts));
        self.guard = before;
        answer.map(drop).map_err(|refusal| refusal.text())
    }

    /// Says whether a release may be shown now, and keeps on the disk that it was.
    pub(crate) fn accept(
        &mut self,
        store: &mut Store,
        offer: &Offer,
        manifest: &[u8],
        clock: &dyn Clock,
    ) -> Result<(), JobError> {
        let before = self.guard.clone();
        let answer = self.ask(clock, |guard, facts| guard.accept_release(envelope(offer), manifest, facts));
        answer.map_err(|refusal| refused(&refusal))?;
        self.keep(store).inspect_err(|_| self.guard = before)
    }

    /// Takes roots and a roster in their order. Those that are refused change nothing.
    pub(crate) fn take_documents(
        &mut self,
        store: &mut Store,
        documents: &TrustDocuments,
        clock: &dyn Clock,
    ) -> TrustReport {
        let before = self.guard.clone();
        let mut first_refusal = None;
        for root in documents.roots.iter().take(limits::ROOTS_MAX) {
            let taken = self.ask(clock, |guard, _| match guard {
                Guard::Signed(state) => state.take_root(root.as_bytes()).map(drop),
                _ => Err(Refusal::NoRoot),
            });
            if let Err(refusal) = taken {
                first_refusal.get_or_insert(refusal);
                break;
            }
        }
        if let Some(roster) = &documents.roster {
            let taken = self.ask(clock, |guard, facts| match guard {
                Guard::Signed(state) => state.take_roster(roster.as_bytes(), facts).map(drop),
                _ => Err(Refusal::NoRoot),
            });
            if let Err(refusal) = taken {
                first_refusal.get_or_insert(refusal);
            }
        }
        self.refused.remove("documents_refused");
        if let Some(refusal) = first_refusal {
            tracing::warn!(code = refusal.code(), "documents of trust were refused");
            self.refused.insert("documents_refused");
        }
        if let Err(error) = self.keep(store) {
            // What is not on the disk is not believed: the hub sends it again.
            tracing::error!(error.message, "what this device trusts could not be kept");
            self.guard = before;
        }
        self.report(store, clock)
    }

    /// Says whether a notice may be shown.
    pub(crate) fn check_notice(
        &mut self,
        store: &mut Store,
        envelope: &[u8],
        clock: &dyn Clock,
    ) -> Result<Notice, JobError> {
        let answer = self.ask(clock, |guard, facts| guard.accept_notice(envelope, facts));
        self.refused.remove("notice_refused");
        match answer {
            Ok(accepted) => {
                self.keep(store)?;
                Ok(accepted.notice)
            }
            Err(refusal) => {
                self.refused.insert("notice_refused");
                Err(refused(&refusal))
            }
        }
    }

    /// Looks at the time, which may end what was believed.
    pub(crate) fn look(&mut self, store: &mut Store, clock: &dyn Clock) -> TrustReport {
        let changed = self.ask(clock, |guard, facts| match guard {
            Guard::Signed(state) => state.see_time(facts.now_ms, facts.clock_trusted),
            _ => false,
        });
        if changed && let Err(error) = self.keep(store) {
            tracing::warn!(error.message, "the time could not be remembered");
        }
        self.report(store, clock)
    }

    /// What the hub is told.
    pub(crate) fn report(&self, store: &Store, clock: &dyn Clock) -> TrustReport {
        let now_ms = clock.wall_ms();
        let (mode, versions, mut warnings) = match &self.guard {
            Guard::Signed(state) => {
                let warnings = state.warnings(now_ms).into_iter().map(|warning| warning.code().to_owned()).collect();
                (TrustMode::Signed, versions(state), warnings)
            }
            Guard::HubAlone => (TrustMode::Hub, TrustVersions::default(), Vec::new()),
            Guard::NoRoot => (TrustMode::NoRoot, TrustVersions::default(), Vec::new()),
            Guard::Damaged => (TrustMode::Damaged, TrustVersions::default(), Vec::new()),
        };
        let end_ms = store.active().and_then(|active| active.manifest().expires_at_ms);
        if end_ms.is_some_and(|end_ms| now_ms >= end_ms) {
            // It keeps playing: an old page is better than none. Somebody should send a newer one.
            warnings.push("release_expired".to_owned());
        }
        warnings.extend(self.refused.iter().map(|code| (*code).to_owned()));
        TrustReport { mode, versions, warnings }
    }

    fn keep(&self, store: &mut Store) -> Result<(), JobError> {
        match &self.guard {
            Guard::Signed(state) => Ok(store.set_trust(state)?),
            Guard::HubAlone | Guard::NoRoot | Guard::Damaged => Ok(()),
        }
    }
}

fn envelope(offer: &Offer) -> Option<&[u8]> {
    offer.approval.as_ref().map(String::as_bytes)
}

fn versions(state: &TrustState) -> TrustVersions {
    TrustVersions { root: state.root().version, roster: state.roster().map_or(0, |roster| roster.version) }
}

fn refused(refusal: &Refusal) -> JobError {
    let text: Text = refusal.text();
    // The console translates by code; what has no code of its own is said in English.
    let code = refusal.code();
    // What a clock decides, a clock that is set right decides otherwise.
    let passing = matches!(code, "root_expired" | "roster_expired" | "expired" | "too_early");
    JobError { code, message: text.get(Lang::En).to_owned(), passing }
}

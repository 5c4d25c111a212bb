//! How far the signing of something is, for whoever waits for the rest. Nothing here lets anything through: a screen asks
//! [`super::TrustState`], which counts again.

use super::{
    Envelope, KeyId, Role, Roster, SignatureFlaw,
    quorum::{fill, signers},
};

/// How far the signing of a statement is, by one roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// The stages in the roster's order, and who counts for each: an id of the roster. One person fills one stage.
    pub stages: Vec<(Role, Option<String>)>,
    /// Who has signed with a key of theirs, whether needed or not: ids of the roster.
    pub signers: Vec<String>,
    /// Signatures that claim a key of the roster and are not by it.
    pub flaws: Vec<SignatureFlaw>,
    /// Keys of signatures that are in no person's name: revoked, or never theirs.
    pub strangers: Vec<KeyId>,
}

impl Review {
    /// Looks at the signatures of an envelope. `stages`: what the class asks for, or the duty officer of a notice.
    pub fn of(envelope: &Envelope, roster: &Roster, stages: &[Role]) -> Self {
        let mut flaws = Vec::new();
        let people = signers(envelope, roster, &mut flaws);
        let filled = fill(stages, &people);
        let known = |key: &KeyId| roster.people.iter().flat_map(|person| &person.keys).any(|of| of.key.id() == *key);
        Self {
            stages: stages.iter().zip(filled).map(|(role, person)| (*role, person.map(|one| one.id.clone()))).collect(),
            signers: people.iter().map(|person| person.id.clone()).collect(),
            flaws,
            strangers: envelope
                .signatures()
                .iter()
                .map(|signature| &signature.key)
                .filter(|key| !known(key))
                .cloned()
                .collect(),
        }
    }

    /// Stages for which somebody has still to sign.
    pub fn missing(&self) -> Vec<Role> {
        self.stages.iter().filter(|(_, person)| person.is_none()).map(|(role, _)| *role).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ApprovalKind, rehearsal::RehearsalSite};
    use super::*;
    use crate::Manifest;

    fn review(people: &[&str], change: impl FnOnce(&mut Roster)) -> Review {
        let mut site = RehearsalSite::new("hall", 1_000);
        let manifest = Manifest::of("sample", 1, 0, Default::default()).canonical_bytes();
        let envelope = site.approve(&manifest, ApprovalKind::Release, people);
        change(&mut site.roster);
        Review::of(&envelope, &site.roster, &[Role::FirstReview, Role::FinalReview])
    }

    #[test]
    fn who_has_signed_stands_beside_the_stage_and_the_rest_is_missing() {
        let half = review(&["chu"], |_| {});
        assert_eq!(half.stages, [(Role::FirstReview, Some("chu".to_owned())), (Role::FinalReview, None)]);
        assert_eq!(half.missing(), [Role::FinalReview]);
        let whole = review(&["chu", "zhong"], |_| {});
        assert_eq!(whole.missing(), []);
        assert_eq!(whole.signers, ["chu", "zhong"]);
    }

    #[test]
    fn one_person_with_two_keys_is_one_person() {
        let review = review(&["duo", "duo-2"], |_| {});
        assert_eq!(review.missing().len(), 1);
        assert_eq!(review.signers, ["duo"]);
    }

    #[test]
    fn a_signature_whose_key_has_left_the_roster_is_a_strangers() {
        let review = review(&["chu", "zong"], |roster| roster.people.retain(|person| person.id != "zong"));
        assert_eq!(review.missing(), [Role::FinalReview]);
        assert_eq!(review.strangers.len(), 1);
        assert_eq!(review.flaws, []);
    }
}

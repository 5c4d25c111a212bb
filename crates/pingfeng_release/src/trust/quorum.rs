//! Whether enough signatures of the right people are there.

use std::collections::BTreeSet;

use super::{AssertionFlaw, Envelope, KeyId, Person, PublicKey, Role, Root, Roster, SigningKeyOf, verify_assertion};

/// Why a signature of a known key does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It is by another key, or over another statement.
    #[error("the signature is not by this key over this statement")]
    Wrong,
    /// A file key with the parts of a passkey, or a passkey without them.
    #[error("the signature has the form of another kind of key")]
    Form,
    /// A passkey's assertion that does not say what it must.
    #[error("the passkey's signature is refused: {0}")]
    Assertion(AssertionFlaw),
}

impl Flaw {
    /// The code of the case.
    pub fn code(self) -> &'static str {
        match self {
            Self::Wrong => "signature_wrong",
            Self::Form => "signature_form",
            Self::Assertion(flaw) => flaw.code(),
        }
    }
}

/// A signature that claims a known key and does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureFlaw {
    /// Which key it claims.
    pub key: KeyId,
    /// Why it does not count.
    pub flaw: Flaw,
}

/// Checks the signatures that claim `key`; true if one of them is right. Flaws are written down only when none is.
fn signed_by(envelope: &Envelope, key: &SigningKeyOf, flaws: &mut Vec<SignatureFlaw>) -> bool {
    let id = key.key.id();
    let mut found = Vec::new();
    for signature in envelope.signatures().iter().filter(|signature| signature.key == id) {
        let checked = match (&key.key, &key.rp_id, &signature.assertion) {
            (PublicKey::Ed25519(key), _, None) => match ed25519_dalek::Signature::from_slice(&signature.sig) {
                // Strict: no second encoding of a signature, no key of small order.
                Ok(sig) => key.verify_strict(&envelope.signed_bytes(), &sig).map_err(|_| Flaw::Wrong),
                Err(_) => Err(Flaw::Wrong),
            },
            (PublicKey::Es256(key), Some(rp_id), Some((authenticator_data, client_data))) => {
                verify_assertion(key, rp_id, &envelope.challenge(), authenticator_data, client_data, &signature.sig)
                    .map_err(Flaw::Assertion)
            }
            _ => Err(Flaw::Form),
        };
        match checked {
            Ok(()) => return true,
            Err(flaw) => found.push(SignatureFlaw { key: id.clone(), flaw }),
        }
    }
    flaws.extend(found);
    false
}

/// How many of a root's keys have signed.
pub(super) fn count_root_keys(envelope: &Envelope, root: &Root, flaws: &mut Vec<SignatureFlaw>) -> usize {
    root.keys.iter().filter(|key| signed_by(envelope, &SigningKeyOf::file(**key), flaws)).count()
}

/// The people who have signed, each once however many keys they used.
pub(super) fn signers<'r>(envelope: &Envelope, roster: &'r Roster, flaws: &mut Vec<SignatureFlaw>) -> Vec<&'r Person> {
    let claimed: BTreeSet<&KeyId> = envelope.signatures().iter().map(|signature| &signature.key).collect();
    let mut signers = Vec::new();
    for person in &roster.people {
        let mut keys = person.keys.iter().filter(|key| claimed.contains(&key.key.id()));
        if keys.any(|key| signed_by(envelope, key, flaws)) {
            signers.push(person);
        }
    }
    signers
}

impl Roster {
    /// The stages of a class that nobody is left for when everybody with a key has signed: no release of this class
    /// could ever be shown. Empty when all is well, and for a class that is not listed.
    pub fn lacking(&self, class: &str) -> Vec<Role> {
        let stages = self.stages(class).unwrap_or_default();
        let people: Vec<&Person> = self.people.iter().filter(|person| !person.keys.is_empty()).collect();
        let filled = fill(stages, &people);
        stages.iter().zip(filled).filter(|(_, person)| person.is_none()).map(|(stage, _)| *stage).collect()
    }
}

/// Who fills which stage, one person a stage: the assignment that fills most stages. `None`: nobody is left for it.
///
/// A person may hold several roles, so taking the first who fits could leave a later stage empty that another choice
/// fills. This is a bipartite matching, by augmenting paths; eight stages at most.
pub(super) fn fill<'p>(stages: &[Role], people: &[&'p Person]) -> Vec<Option<&'p Person>> {
    /// Finds somebody for `stage`, moving others to further stages where they fit as well.
    fn place(
        stage: usize,
        stages: &[Role],
        people: &[&Person],
        tried: &mut [bool],
        stage_of: &mut [Option<usize>],
    ) -> bool {
        let fits: Vec<usize> = (0..people.len()).filter(|p| people[*p].roles.contains(&stages[stage])).collect();
        // Whoever is free first, so that nobody is moved without need.
        if let Some(person) = fits.iter().find(|person| stage_of[**person].is_none()) {
            stage_of[*person] = Some(stage);
            return true;
        }
        for person in fits {
            if std::mem::replace(&mut tried[person], true) {
                continue;
            }
            if let Some(other) = stage_of[person]
                && place(other, stages, people, tried, stage_of)
            {
                stage_of[person] = Some(stage);
                return true;
            }
        }
        false
    }

    let mut stage_of = vec![None; people.len()];
    for stage in 0..stages.len() {
        place(stage, stages, people, &mut vec![false; people.len()], &mut stage_of);
    }
    let mut filled = vec![None; stages.len()];
    for (person, stage) in stage_of.iter().enumerate() {
        if let Some(stage) = stage {
            filled[*stage] = Some(people[person]);
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{FinalReview, FirstReview, SecondReview};

    fn person(id: &str, roles: &[Role]) -> Person {
        Person { id: id.into(), roles: roles.iter().copied().collect(), keys: Vec::new() }
    }

    #[track_caller]
    fn check(stages: &[Role], people: &[Person], expected: &[Option<&str>]) {
        let people: Vec<&Person> = people.iter().collect();
        let filled = fill(stages, &people);
        let filled: Vec<Option<&str>> = filled.iter().map(|person| person.map(|person| person.id.as_str())).collect();
        assert_eq!(filled, expected);
    }

    #[test]
    fn one_person_fills_one_stage() {
        let all = [FirstReview, FinalReview];
        check(&all, &[person("li", &all)], &[Some("li"), None]);
        check(&all, &[person("li", &all), person("wang", &all)], &[Some("li"), Some("wang")]);
    }

    #[test]
    fn somebody_moves_on_when_another_fits_nowhere_else() {
        let stages = [FirstReview, SecondReview, FinalReview];
        check(
            &stages,
            &[
                person("a", &[FirstReview, SecondReview]),
                person("b", &[SecondReview, FinalReview]),
                person("c", &[FirstReview]),
            ],
            &[Some("c"), Some("a"), Some("b")],
        );
        check(&stages, &[person("a", &[SecondReview]), person("b", &[SecondReview])], &[None, Some("a"), None]);
    }
}

//! Rollouts, delivery rules, dark screens, and facts about the hub.

use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use super::{
    Db,
    entity::{blank, device, fact, group, release, rollout, rollout_device},
};

/// What a decision about a rollout changes, in one transaction.
#[derive(Debug, Default)]
pub struct RolloutChange {
    /// The rollout as it is now; made if it is new.
    pub rollout: Option<rollout::Model>,
    /// Earlier rollouts that lose groups to it.
    pub others: Vec<rollout::Model>,
    /// Rows of its devices, whole.
    pub devices: Vec<rollout_device::Model>,
    /// New targets by device: each gets the next revision of its own.
    pub targets: Vec<(String, Option<String>)>,
    /// Devices that are told the same once more, under a new revision.
    pub restated: Vec<String>,
    /// What groups run from now on.
    pub groups: Vec<(String, Option<String>)>,
}

/// Rows that one statement may name.
const NAMED_MAX: usize = 500;

impl Db {
    /// A rollout.
    pub async fn rollout(&self, id: &str) -> Result<Option<rollout::Model>, DbErr> {
        rollout::Entity::find_by_id(id).one(&self.connection).await
    }

    /// Rollouts in one of these states, newest first.
    pub async fn rollouts_in(&self, states: &[&str], limit: Option<u64>) -> Result<Vec<rollout::Model>, DbErr> {
        rollout::Entity::find()
            .filter(rollout::Column::State.is_in(states.iter().copied()))
            .order_by_desc(rollout::Column::Seq)
            .limit(limit)
            .all(&self.connection)
            .await
    }

    /// Every rollout, newest first.
    pub async fn rollouts(&self, limit: Option<u64>) -> Result<Vec<rollout::Model>, DbErr> {
        rollout::Entity::find().order_by_desc(rollout::Column::Seq).limit(limit).all(&self.connection).await
    }

    /// The devices of a rollout.
    pub async fn rollout_devices(&self, rollout: &str) -> Result<Vec<rollout_device::Model>, DbErr> {
        rollout_device::Entity::find().filter(rollout_device::Column::RolloutId.eq(rollout)).all(&self.connection).await
    }

    /// The newest rollout that told this device that release.
    pub async fn telling_rollout(&self, device: &str, release: &str) -> Result<Option<rollout::Model>, DbErr> {
        let told = rollout_device::Entity::find()
            .filter(rollout_device::Column::DeviceId.eq(device))
            .filter(rollout_device::Column::ToldAtMs.is_not_null())
            .all(&self.connection)
            .await?;
        let ids = told.into_iter().map(|row| row.rollout_id);
        rollout::Entity::find()
            .filter(rollout::Column::Id.is_in(ids))
            .filter(rollout::Column::ReleaseId.eq(release))
            .order_by_desc(rollout::Column::Seq)
            .one(&self.connection)
            .await
    }

    /// Devices of these groups.
    pub async fn devices_of_groups(&self, groups: &[String]) -> Result<Vec<device::Model>, DbErr> {
        device::Entity::find()
            .filter(device::Column::GroupId.is_in(groups))
            .order_by_asc(device::Column::Name)
            .all(&self.connection)
            .await
    }

    /// Keeps what was decided: all of it or nothing.
    pub async fn apply_rollout(&self, change: RolloutChange, now_ms: i64) -> Result<(), DbErr> {
        let transaction = self.write().await?;
        for row in change.rollout.into_iter().chain(change.others) {
            rollout::Entity::insert(rollout::ActiveModel::from(row))
                .on_conflict(
                    OnConflict::column(rollout::Column::Id)
                        .update_columns([
                            rollout::Column::State,
                            rollout::Column::GroupsJson,
                            rollout::Column::MachineJson,
                            rollout::Column::ChangedAtMs,
                        ])
                        .to_owned(),
                )
                .exec_without_returning(&transaction)
                .await?;
        }
        for row in change.devices {
            rollout_device::Entity::insert(rollout_device::ActiveModel::from(row))
                .on_conflict(
                    OnConflict::columns([rollout_device::Column::RolloutId, rollout_device::Column::DeviceId])
                        .update_columns([
                            rollout_device::Column::Step,
                            rollout_device::Column::ToldAtMs,
                            rollout_device::Column::ToldRevision,
                            rollout_device::Column::ConfirmedAtMs,
                        ])
                        .to_owned(),
                )
                .exec_without_returning(&transaction)
                .await?;
        }
        let mut by_release: std::collections::BTreeMap<Option<String>, Vec<String>> = Default::default();
        for (device, release) in change.targets {
            by_release.entry(release).or_default().push(device);
        }
        for (release, devices) in by_release {
            for some in devices.chunks(NAMED_MAX) {
                let which = device::Column::Id.is_in(some);
                super::fleet::raise_targets(&transaction, which, release.as_deref(), now_ms).await?;
            }
        }
        for some in change.restated.chunks(NAMED_MAX) {
            raise_revisions(&transaction, device::Column::Id.is_in(some).into(), 1).await?;
        }
        for (id, release) in change.groups {
            group::Entity::update_many()
                .col_expr(group::Column::ReleaseId, Expr::value(release))
                .filter(group::Column::Id.eq(id))
                .exec(&transaction)
                .await?;
        }
        transaction.commit().await
    }

    /// Gives these devices the next revision of what they were told.
    pub async fn raise_devices(&self, ids: &[String]) -> Result<(), DbErr> {
        let transaction = self.write().await?;
        for some in ids.chunks(NAMED_MAX) {
            raise_revisions(&transaction, device::Column::Id.is_in(some).into(), 1).await?;
        }
        transaction.commit().await
    }

    /// A device has seen a revision that the hub does not know of: the next one is above it.
    pub async fn raise_above(&self, id: &str, seen: i64) -> Result<(), DbErr> {
        device::Entity::update_many()
            .col_expr(device::Column::TargetRevision, Expr::value(seen.saturating_add(1)))
            .filter(device::Column::Id.eq(id))
            .filter(device::Column::TargetRevision.lte(seen))
            .exec(&self.connection)
            .await?;
        Ok(())
    }

    /// Decides what holds after the hub was restored: new targets where they change, every revision far above whatever
    /// was stated in the time that is lost, and the fact forgotten.
    pub async fn settle_restored(
        &self,
        fact: &str,
        targets: Vec<(String, Option<String>)>,
        gap: i64,
        now_ms: i64,
    ) -> Result<(), DbErr> {
        let transaction = self.write().await?;
        for (id, release) in targets {
            let which = device::Column::Id.eq(id);
            super::fleet::raise_targets(&transaction, which, release.as_deref(), now_ms).await?;
        }
        raise_revisions(&transaction, Condition::all(), gap).await?;
        fact::Entity::delete_by_id(fact).exec(&transaction).await?;
        transaction.commit().await
    }

    /// Keeps the delivery rules of a group; none: no rules.
    pub async fn store_delivery(&self, group: &str, rules: Option<String>) -> Result<bool, DbErr> {
        let changed = group::Entity::update_many()
            .col_expr(group::Column::DeliveryJson, Expr::value(rules))
            .filter(group::Column::Id.eq(group))
            .exec(&self.connection)
            .await?;
        Ok(changed.rows_affected > 0)
    }

    /// How many devices of a site should run a release.
    pub async fn devices_of_site_with_target(&self, site: &str, release: &str) -> Result<Vec<device::Model>, DbErr> {
        device::Entity::find()
            .filter(device::Column::SiteId.eq(site))
            .filter(device::Column::TargetReleaseId.eq(release))
            .all(&self.connection)
            .await
    }

    /// What is dark.
    pub async fn blanks(&self) -> Result<Vec<blank::Model>, DbErr> {
        blank::Entity::find().order_by_asc(blank::Column::AtMs).all(&self.connection).await
    }

    /// How many entries of darkness there are.
    pub async fn count_blanks(&self) -> Result<u64, DbErr> {
        blank::Entity::find().count(&self.connection).await
    }

    /// Notes that something is dark; what was dark stays as it was noted first.
    pub async fn insert_blank(&self, row: blank::Model) -> Result<(), DbErr> {
        blank::Entity::insert(blank::ActiveModel::from(row))
            .on_conflict_do_nothing_on([blank::Column::Scope, blank::Column::ObjectId])
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Forgets that something is dark; false if it was not.
    pub async fn delete_blank(&self, scope: &str, object: &str) -> Result<bool, DbErr> {
        let deleted = blank::Entity::delete_by_id((scope.to_owned(), object.to_owned())).exec(&self.connection).await?;
        Ok(deleted.rows_affected > 0)
    }

    /// A fact about the hub.
    pub async fn fact(&self, name: &str) -> Result<Option<String>, DbErr> {
        Ok(fact::Entity::find_by_id(name).one(&self.connection).await?.map(|row| row.value_json))
    }

    /// Keeps a fact about the hub.
    pub async fn store_fact(&self, name: &str, value_json: &str) -> Result<(), DbErr> {
        let row = fact::Model { name: name.to_owned(), value_json: value_json.to_owned() };
        fact::Entity::insert(fact::ActiveModel::from(row))
            .on_conflict(OnConflict::column(fact::Column::Name).update_column(fact::Column::ValueJson).to_owned())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Forgets a release; its blobs are another matter.
    pub async fn delete_release(&self, id: &str) -> Result<(), DbErr> {
        release::Entity::delete_by_id(id).exec(&self.connection).await?;
        Ok(())
    }
}

async fn raise_revisions(transaction: &DatabaseTransaction, which: Condition, by: i64) -> Result<(), DbErr> {
    device::Entity::update_many()
        .col_expr(device::Column::TargetRevision, Expr::col(device::Column::TargetRevision).add(by))
        .filter(which)
        .exec(transaction)
        .await?;
    Ok(())
}

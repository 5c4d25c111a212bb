//! Sites, groups, devices, targets, enrolment codes and orders.

use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use super::{
    Db,
    entity::{certificate, device, enrol_code, group, order, refused_record, site},
};

impl Db {
    /// Every site.
    pub async fn sites(&self) -> Result<Vec<site::Model>, DbErr> {
        site::Entity::find().order_by_asc(site::Column::Name).all(&self.connection).await
    }

    /// Stores a site.
    pub async fn insert_site(&self, site: site::Model) -> Result<(), DbErr> {
        site::Entity::insert(site::ActiveModel::from(site))
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Every group.
    pub async fn groups(&self) -> Result<Vec<group::Model>, DbErr> {
        group::Entity::find().order_by_asc(group::Column::Name).all(&self.connection).await
    }

    /// A group.
    pub async fn group(&self, id: &str) -> Result<Option<group::Model>, DbErr> {
        group::Entity::find_by_id(id).one(&self.connection).await
    }

    /// Stores a group.
    pub async fn insert_group(&self, group: group::Model) -> Result<(), DbErr> {
        group::Entity::insert(group::ActiveModel::from(group))
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Every device.
    pub async fn devices(&self) -> Result<Vec<device::Model>, DbErr> {
        device::Entity::find().order_by_asc(device::Column::Name).all(&self.connection).await
    }

    /// A device.
    pub async fn device(&self, id: &str) -> Result<Option<device::Model>, DbErr> {
        device::Entity::find_by_id(id).one(&self.connection).await
    }

    /// Renames a device or moves it; one that moves to another group gets that group's target.
    pub async fn change_device(
        &self,
        id: &str,
        name: Option<&str>,
        site: Option<&str>,
        group: Option<&group::Model>,
        now_ms: i64,
    ) -> Result<Option<device::Model>, DbErr> {
        let transaction = self.write().await?;
        let mut change = device::Entity::update_many().filter(device::Column::Id.eq(id));
        if let Some(name) = name {
            change = change.col_expr(device::Column::Name, Expr::value(name));
        }
        if let Some(site) = site {
            change = change.col_expr(device::Column::SiteId, Expr::value(site));
        }
        if let Some(group) = group {
            change = change.col_expr(device::Column::GroupId, Expr::value(group.id.as_str()));
        }
        // The revision rises in any case: the target carries the site's name.
        change = change
            .col_expr(device::Column::TargetRevision, Expr::col(device::Column::TargetRevision).add(1))
            .col_expr(device::Column::TargetAtMs, Expr::value(now_ms));
        if let Some(release) = group.and_then(|group| group.release_id.as_deref()) {
            change = change.col_expr(device::Column::TargetReleaseId, Expr::value(release));
        }
        change.exec(&transaction).await?;
        let changed = device::Entity::find_by_id(id).one(&transaction).await?;
        transaction.commit().await?;
        Ok(changed)
    }

    /// Forgets a device; false if there was none.
    pub async fn delete_device(&self, id: &str) -> Result<bool, DbErr> {
        Ok(device::Entity::delete_by_id(id).exec(&self.connection).await?.rows_affected > 0)
    }

    /// Keeps a device's report. `progress_since_ms` is when it entered the state that the report tells of.
    pub async fn store_report(
        &self,
        id: &str,
        report_json: &str,
        program: &str,
        progress_since_ms: i64,
        now_ms: i64,
    ) -> Result<(), DbErr> {
        device::Entity::update_many()
            .col_expr(device::Column::ReportJson, Expr::value(report_json))
            .col_expr(device::Column::ReportAtMs, Expr::value(now_ms))
            .col_expr(device::Column::SeenAtMs, Expr::value(now_ms))
            .col_expr(device::Column::ProgressSinceMs, Expr::value(progress_since_ms))
            .col_expr(device::Column::Program, Expr::value(program))
            .filter(device::Column::Id.eq(id))
            .exec(&self.connection)
            .await?;
        Ok(())
    }

    /// Notes when a device was last heard of.
    pub async fn store_seen(&self, id: &str, now_ms: i64) -> Result<(), DbErr> {
        device::Entity::update_many()
            .col_expr(device::Column::SeenAtMs, Expr::value(now_ms))
            .filter(device::Column::Id.eq(id))
            .exec(&self.connection)
            .await?;
        Ok(())
    }

    /// Notes that a picture of the glass was stored.
    pub async fn store_picture_time(&self, id: &str, now_ms: i64) -> Result<(), DbErr> {
        device::Entity::update_many()
            .col_expr(device::Column::PictureAtMs, Expr::value(now_ms))
            .filter(device::Column::Id.eq(id))
            .exec(&self.connection)
            .await?;
        Ok(())
    }

    /// Stores a one-time code and forgets those that ended more than a day ago.
    pub async fn insert_enrol_code(&self, code: enrol_code::Model) -> Result<(), DbErr> {
        let transaction = self.write().await?;
        enrol_code::Entity::delete_many()
            .filter(enrol_code::Column::ExpiresAtMs.lt(code.created_at_ms - 86_400_000))
            .exec(&transaction)
            .await?;
        enrol_code::Entity::insert(enrol_code::ActiveModel::from(code))
            .exec_without_returning(&transaction)
            .await?;
        transaction.commit().await
    }

    /// Codes that wait for a device.
    pub async fn open_enrol_codes(&self, now_ms: i64) -> Result<Vec<enrol_code::Model>, DbErr> {
        enrol_code::Entity::find()
            .filter(enrol_code::Column::UsedAtMs.is_null())
            .filter(enrol_code::Column::ExpiresAtMs.gt(now_ms))
            .order_by_desc(enrol_code::Column::CreatedAtMs)
            .all(&self.connection)
            .await
    }

    /// The code of that hash, used and expired ones included.
    pub async fn enrol_code(&self, code_hash: &str) -> Result<Option<enrol_code::Model>, DbErr> {
        enrol_code::Entity::find_by_id(code_hash).one(&self.connection).await
    }

    /// Uses a code up and stores its device, or returns false if somebody was faster.
    pub async fn enrol(&self, code_hash: &str, device: device::Model, now_ms: i64) -> Result<bool, DbErr> {
        let transaction = self.write().await?;
        let used = enrol_code::Entity::update_many()
            .col_expr(enrol_code::Column::UsedAtMs, Expr::value(now_ms))
            .col_expr(enrol_code::Column::DeviceId, Expr::value(device.id.as_str()))
            .filter(enrol_code::Column::CodeHash.eq(code_hash))
            .filter(enrol_code::Column::UsedAtMs.is_null())
            .exec(&transaction)
            .await?;
        if used.rows_affected == 0 {
            return Ok(false);
        }
        let current = certificate::Model {
            serial: device.certificate_serial.clone(),
            device_id: device.id.clone(),
            state: "current".to_owned(),
            issued_at_ms: now_ms,
            expires_at_ms: device.certificate_expires_at_ms,
            ended_at_ms: None,
        };
        super::certificates::end(&transaction, &device.id, &["current", "next"], "replaced", now_ms).await?;
        certificate::Entity::insert(certificate::ActiveModel::from(current)).exec_without_returning(&transaction).await?;
        // A device that comes back keeps its place and everything that belongs to it.
        device::Entity::insert(device::ActiveModel::from(device))
            .on_conflict(
                OnConflict::column(device::Column::Id)
                    .update_columns([
                        device::Column::Host,
                        device::Column::Program,
                        device::Column::CertificateSerial,
                        device::Column::CertificateExpiresAtMs,
                        device::Column::TargetRevision,
                    ])
                    .to_owned(),
            )
            .exec_without_returning(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Stores an order.
    pub async fn insert_order(&self, order: order::Model) -> Result<(), DbErr> {
        order::Entity::insert(order::ActiveModel::from(order))
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Stores what became of an order of this device; false if the device has no such order.
    pub async fn store_outcome(&self, id: &str, device: &str, outcome: &str, now_ms: i64) -> Result<bool, DbErr> {
        let changed = order::Entity::update_many()
            .col_expr(order::Column::OutcomeJson, Expr::value(outcome))
            .col_expr(order::Column::OutcomeAtMs, Expr::value(now_ms))
            .filter(order::Column::Id.eq(id))
            .filter(order::Column::DeviceId.eq(device))
            .exec(&self.connection)
            .await?;
        Ok(changed.rows_affected > 0)
    }

    /// The newest orders of a device, newest first.
    pub async fn orders(&self, device: &str, limit: u64) -> Result<Vec<order::Model>, DbErr> {
        order::Entity::find()
            .filter(order::Column::DeviceId.eq(device))
            .order_by_desc(order::Column::Id)
            .limit(limit)
            .all(&self.connection)
            .await
    }

    /// How many records of a device were refused.
    pub async fn refused_of(&self, device: &str) -> Result<u64, DbErr> {
        refused_record::Entity::find()
            .filter(refused_record::Column::DeviceId.eq(device))
            .count(&self.connection)
            .await
    }
}

pub(super) async fn raise_targets(
    transaction: &DatabaseTransaction,
    which: sea_orm::sea_query::SimpleExpr,
    release: Option<&str>,
    now_ms: i64,
) -> Result<(), DbErr> {
    device::Entity::update_many()
        .col_expr(device::Column::TargetReleaseId, Expr::value(release))
        .col_expr(device::Column::TargetRevision, Expr::col(device::Column::TargetRevision).add(1))
        .col_expr(device::Column::TargetAtMs, Expr::value(now_ms))
        .filter(which)
        .exec(transaction)
        .await?;
    Ok(())
}

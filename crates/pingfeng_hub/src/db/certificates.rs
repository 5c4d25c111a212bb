//! Certificates that devices were given. A device may have two that are good: the present one, and the next until it has
//! connected with it.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

use super::{
    Db,
    entity::{certificate, device},
};

impl Db {
    /// The newest certificates of every device, newest first.
    pub async fn certificates(&self, limit: u64) -> Result<Vec<certificate::Model>, DbErr> {
        certificate::Entity::find()
            .order_by_desc(certificate::Column::IssuedAtMs)
            .limit(limit)
            .all(&self.connection)
            .await
    }

    /// Those of a device that let it in: the present one first, then the next.
    pub async fn good_certificates(&self, device: &str) -> Result<Vec<certificate::Model>, DbErr> {
        certificate::Entity::find()
            .filter(certificate::Column::DeviceId.eq(device))
            .filter(certificate::Column::State.is_in(["current", "next"]))
            .order_by_asc(certificate::Column::State)
            .all(&self.connection)
            .await
    }

    /// Stores the next certificate of a device, in place of a next one that it never used.
    pub async fn insert_next_certificate(&self, next: certificate::Model) -> Result<(), DbErr> {
        let transaction = self.write().await?;
        end(&transaction, &next.device_id, &["next"], "replaced", next.issued_at_ms).await?;
        certificate::Entity::insert(certificate::ActiveModel::from(next)).exec_without_returning(&transaction).await?;
        transaction.commit().await
    }

    /// A device has connected with its next certificate: it is the present one. False if it was not the next.
    pub async fn use_certificate(&self, device: &str, serial: &str, now_ms: i64) -> Result<bool, DbErr> {
        let transaction = self.write().await?;
        let next = certificate::Entity::find_by_id(serial).one(&transaction).await?;
        let Some(next) = next.filter(|next| next.device_id == device && next.state == "next") else { return Ok(false) };
        end(&transaction, device, &["current"], "replaced", now_ms).await?;
        certificate::Entity::update_many()
            .col_expr(certificate::Column::State, Expr::value("current"))
            .filter(certificate::Column::Serial.eq(serial))
            .exec(&transaction)
            .await?;
        device::Entity::update_many()
            .col_expr(device::Column::CertificateSerial, Expr::value(serial))
            .col_expr(device::Column::CertificateExpiresAtMs, Expr::value(next.expires_at_ms))
            .filter(device::Column::Id.eq(device))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// No certificate of a device is good any more. Returns how many were.
    pub async fn revoke_certificates(&self, device: &str, now_ms: i64) -> Result<u64, DbErr> {
        end(&self.connection, device, &["current", "next"], "revoked", now_ms).await
    }
}

/// Ends certificates of a device.
pub(super) async fn end(
    connection: &impl ConnectionTrait,
    device: &str,
    states: &[&str],
    becomes: &str,
    now_ms: i64,
) -> Result<u64, DbErr> {
    let ended = certificate::Entity::update_many()
        .col_expr(certificate::Column::State, Expr::value(becomes))
        .col_expr(certificate::Column::EndedAtMs, Expr::value(now_ms))
        .filter(certificate::Column::DeviceId.eq(device))
        .filter(certificate::Column::State.is_in(states.iter().copied()))
        .exec(connection)
        .await?;
    Ok(ended.rows_affected)
}

//! Random bytes that the hub made for itself.

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::{Db, entity::secret};

impl Db {
    /// The secret of that name; `fresh` becomes it if there is none yet.
    pub async fn secret(&self, name: &str, fresh: [u8; 32], now_ms: i64) -> Result<[u8; 32], DbErr> {
        let row = secret::Model { name: name.to_owned(), value: hex::encode(fresh), made_at_ms: now_ms };
        if let Some(kept) = secret::Entity::find_by_id(name).one(&self.connection).await? {
            return read(&kept);
        }
        secret::Entity::insert(secret::ActiveModel::from(row))
            .on_conflict_do_nothing_on([secret::Column::Name])
            .exec_without_returning(&self.connection)
            .await?;
        // Somebody else may have been faster: what is kept counts.
        let kept = secret::Entity::find_by_id(name).one(&self.connection).await?;
        kept.as_ref().map_or_else(|| Err(DbErr::RecordNotFound(format!("secret {name}"))), read)
    }

    /// Forgets a secret, so that the next one who asks gets another; false if there was none.
    pub async fn forget_secret(&self, name: &str) -> Result<bool, DbErr> {
        let done = secret::Entity::delete_many().filter(secret::Column::Name.eq(name)).exec(&self.connection).await?;
        Ok(done.rows_affected > 0)
    }
}

fn read(row: &secret::Model) -> Result<[u8; 32], DbErr> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(&row.value, &mut bytes)
        // What stands there is not told: it may be a secret all the same.
        .map_err(|_| DbErr::Type(format!("secret {} is not 64 hex digits", row.name)))?;
    Ok(bytes)
}

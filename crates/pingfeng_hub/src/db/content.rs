//! Exhibitions, versions of documents, releases and jobs.

use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use super::{
    Db,
    entity::{document_version, exhibition, job, release},
};

impl Db {
    /// Every exhibition that has a draft.
    pub async fn exhibitions(&self) -> Result<Vec<exhibition::Model>, DbErr> {
        exhibition::Entity::find().order_by_desc(exhibition::Column::ChangedAtMs).all(&self.connection).await
    }

    /// An exhibition.
    pub async fn exhibition(&self, id: &str) -> Result<Option<exhibition::Model>, DbErr> {
        exhibition::Entity::find_by_id(id).one(&self.connection).await
    }

    /// Notes that an exhibition's draft is new or changed.
    pub async fn touch_exhibition(&self, id: &str, title: &str, now_ms: i64) -> Result<(), DbErr> {
        let row = exhibition::Model {
            id: id.to_owned(),
            title: title.to_owned(),
            created_at_ms: now_ms,
            changed_at_ms: now_ms,
            last_version: 0,
        };
        exhibition::Entity::insert(exhibition::ActiveModel::from(row))
            .on_conflict(
                OnConflict::column(exhibition::Column::Id)
                    .update_columns([exhibition::Column::Title, exhibition::Column::ChangedAtMs])
                    .to_owned(),
            )
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// The next version number of an exhibition: only rises, whatever the clock does. A build that fails leaves a gap.
    pub async fn next_version(&self, id: &str) -> Result<Option<i64>, DbErr> {
        let transaction = self.write().await?;
        exhibition::Entity::update_many()
            .col_expr(exhibition::Column::LastVersion, Expr::col(exhibition::Column::LastVersion).add(1))
            .filter(exhibition::Column::Id.eq(id))
            .exec(&transaction)
            .await?;
        let row = exhibition::Entity::find_by_id(id).one(&transaction).await?;
        transaction.commit().await?;
        Ok(row.map(|row| row.last_version))
    }

    /// Keeps the text that a document had, and forgets the oldest beyond the limit.
    pub async fn keep_version(&self, mut version: document_version::Model, keep: u64) -> Result<(), DbErr> {
        let transaction = self.write().await?;
        let newest = document_version::Entity::find()
            .filter(document_version::Column::ExhibitionId.eq(&version.exhibition_id))
            .filter(document_version::Column::Path.eq(&version.path))
            .order_by_desc(document_version::Column::Seq)
            .one(&transaction)
            .await?;
        if newest.as_ref().is_some_and(|newest| newest.etag == version.etag) {
            return Ok(());
        }
        version.seq = newest.map_or(1, |newest| newest.seq + 1);
        let oldest_kept = version.seq - i64::try_from(keep).unwrap_or(i64::MAX);
        document_version::Entity::delete_many()
            .filter(document_version::Column::ExhibitionId.eq(&version.exhibition_id))
            .filter(document_version::Column::Path.eq(&version.path))
            .filter(document_version::Column::Seq.lte(oldest_kept))
            .exec(&transaction)
            .await?;
        document_version::Entity::insert(document_version::ActiveModel::from(version))
            .exec_without_returning(&transaction)
            .await?;
        transaction.commit().await
    }

    /// The versions kept of a document, newest first.
    pub async fn versions(&self, exhibition: &str, path: &str) -> Result<Vec<document_version::Model>, DbErr> {
        document_version::Entity::find()
            .filter(document_version::Column::ExhibitionId.eq(exhibition))
            .filter(document_version::Column::Path.eq(path))
            .order_by_desc(document_version::Column::Seq)
            .all(&self.connection)
            .await
    }

    /// Stores a release. The same release twice is one release.
    pub async fn insert_release(&self, release: release::Model) -> Result<(), DbErr> {
        release::Entity::insert(release::ActiveModel::from(release))
            .on_conflict_do_nothing_on([release::Column::Id])
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// The newest releases, newest first.
    pub async fn releases(&self, exhibition: Option<&str>, limit: u64) -> Result<Vec<release::Model>, DbErr> {
        let mut query = release::Entity::find().order_by_desc(release::Column::CreatedAtMs).limit(limit);
        if let Some(exhibition) = exhibition {
            query = query.filter(release::Column::ExhibitionId.eq(exhibition));
        }
        query.all(&self.connection).await
    }

    /// A release.
    pub async fn release(&self, id: &str) -> Result<Option<release::Model>, DbErr> {
        release::Entity::find_by_id(id).one(&self.connection).await
    }

    /// Stores a job that waits or runs.
    pub async fn insert_job(&self, job: job::Model) -> Result<(), DbErr> {
        job::Entity::insert(job::ActiveModel::from(job))
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Replaces a job's row.
    pub async fn store_job(&self, job: job::Model) -> Result<(), DbErr> {
        job::Entity::update(sea_orm::ActiveModelTrait::reset_all(job::ActiveModel::from(job))).exec(&self.connection).await?;
        Ok(())
    }

    /// A job.
    pub async fn job(&self, id: &str) -> Result<Option<job::Model>, DbErr> {
        job::Entity::find_by_id(id).one(&self.connection).await
    }

    /// The newest jobs, newest first.
    pub async fn jobs(&self, limit: u64) -> Result<Vec<job::Model>, DbErr> {
        job::Entity::find().order_by_desc(job::Column::Id).limit(limit).all(&self.connection).await
    }

    /// Jobs that an earlier run of the hub did not finish become failed ones. Returns how many.
    pub async fn interrupt_jobs(&self, error_json: &str, now_ms: i64) -> Result<u64, DbErr> {
        let changed = job::Entity::update_many()
            .col_expr(job::Column::State, Expr::value("failed"))
            .col_expr(job::Column::ErrorJson, Expr::value(error_json))
            .col_expr(job::Column::FinishedAtMs, Expr::value(now_ms))
            .filter(job::Column::State.is_in(["queued", "running"]))
            .exec(&self.connection)
            .await?;
        Ok(changed.rows_affected)
    }

    /// How many releases there are.
    pub async fn count_releases(&self) -> Result<u64, DbErr> {
        release::Entity::find().count(&self.connection).await
    }
}

//! Roots, rosters, approvals and notices: envelopes that were signed elsewhere.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::OnConflict,
};

use super::{
    Db,
    entity::{approval, notice, site, trust_document},
};

impl Db {
    /// A site.
    pub async fn site(&self, id: &str) -> Result<Option<site::Model>, DbErr> {
        site::Entity::find_by_id(id).one(&self.connection).await
    }

    /// Roots and rosters of a site, oldest first.
    pub async fn trust_documents(&self, site: &str) -> Result<Vec<trust_document::Model>, DbErr> {
        trust_document::Entity::find()
            .filter(trust_document::Column::SiteId.eq(site))
            .order_by_asc(trust_document::Column::Seq)
            .all(&self.connection)
            .await
    }

    /// One of them.
    pub async fn trust_document(&self, site: &str, id: &str) -> Result<Option<trust_document::Model>, DbErr> {
        let found = trust_document::Entity::find_by_id(id).one(&self.connection).await?;
        Ok(found.filter(|document| document.site_id == site))
    }

    /// Stores a root or roster.
    pub async fn insert_trust_document(&self, document: trust_document::Model) -> Result<(), DbErr> {
        trust_document::Entity::insert(trust_document::ActiveModel::from(document))
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Forgets every root and roster of a site. Returns how many there were.
    pub async fn delete_trust_documents(&self, site: &str) -> Result<u64, DbErr> {
        let gone = trust_document::Entity::delete_many()
            .filter(trust_document::Column::SiteId.eq(site))
            .exec(&self.connection)
            .await?;
        Ok(gone.rows_affected)
    }

    /// What was signed about a release for a site; of several ways back the newest last.
    pub async fn approvals(&self, release: &str, site: &str) -> Result<Vec<approval::Model>, DbErr> {
        approval::Entity::find()
            .filter(approval::Column::ReleaseId.eq(release))
            .filter(approval::Column::SiteId.eq(site))
            .order_by_asc(approval::Column::FromVersion)
            .all(&self.connection)
            .await
    }

    /// Stores a statement with its signatures, in place of the same statement with fewer.
    pub async fn store_approval(&self, approval: approval::Model) -> Result<(), DbErr> {
        approval::Entity::insert(approval::ActiveModel::from(approval))
            .on_conflict(
                OnConflict::columns([
                    approval::Column::ReleaseId,
                    approval::Column::SiteId,
                    approval::Column::FromVersion,
                ])
                .update_columns([approval::Column::Envelope, approval::Column::ChangedAtMs])
                .to_owned(),
            )
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// The newest notices, newest first.
    pub async fn notices(&self, site: Option<&str>, limit: u64) -> Result<Vec<notice::Model>, DbErr> {
        let mut query = notice::Entity::find().order_by_desc(notice::Column::CreatedAtMs).limit(limit);
        if let Some(site) = site {
            query = query.filter(notice::Column::SiteId.eq(site));
        }
        query.all(&self.connection).await
    }

    /// Signed notices of a site that have neither ended nor been withdrawn.
    pub async fn notices_shown(&self, site: &str, now_ms: i64) -> Result<Vec<notice::Model>, DbErr> {
        notice::Entity::find()
            .filter(notice::Column::SiteId.eq(site))
            .filter(notice::Column::SignedAtMs.is_not_null())
            .filter(notice::Column::WithdrawnAtMs.is_null())
            .filter(notice::Column::ExpiresAtMs.gt(now_ms))
            .order_by_asc(notice::Column::CreatedAtMs)
            .all(&self.connection)
            .await
    }

    /// A notice.
    pub async fn notice(&self, id: &str) -> Result<Option<notice::Model>, DbErr> {
        notice::Entity::find_by_id(id).one(&self.connection).await
    }

    /// Stores a new notice.
    pub async fn insert_notice(&self, notice: notice::Model) -> Result<(), DbErr> {
        notice::Entity::insert(notice::ActiveModel::from(notice)).exec_without_returning(&self.connection).await?;
        Ok(())
    }

    /// Stores what has become of a notice.
    pub async fn change_notice(&self, notice: notice::Model) -> Result<(), DbErr> {
        notice.into_active_model().reset_all().update(&self.connection).await?;
        Ok(())
    }

    /// Forgets a notice.
    pub async fn delete_notice(&self, id: &str) -> Result<(), DbErr> {
        notice::Entity::delete_by_id(id).exec(&self.connection).await?;
        Ok(())
    }
}

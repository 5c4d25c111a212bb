//! What was signed elsewhere, and certificates.

/// Roots and rosters of sites, in the order in which they were taken.
pub mod trust_document {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "trust_documents")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        #[sea_orm(column_type = "Text")]
        pub site_id: String,
        pub seq: i64,
        #[sea_orm(column_type = "Text")]
        pub kind: String,
        pub version: i64,
        #[sea_orm(column_type = "Text")]
        pub envelope: String,
        pub added_at_ms: i64,
        #[sea_orm(column_type = "Text")]
        pub added_by: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Statements about releases, with the signatures so far.
pub mod approval {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "approvals")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub release_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub site_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub from_version: i64,
        #[sea_orm(column_type = "Text")]
        pub envelope: String,
        pub changed_at_ms: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A few words for the screens of a site.
pub mod notice {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "notices")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        #[sea_orm(column_type = "Text")]
        pub site_id: String,
        #[sea_orm(column_type = "Text")]
        pub envelope: String,
        pub created_at_ms: i64,
        #[sea_orm(column_type = "Text")]
        pub created_by: String,
        pub expires_at_ms: i64,
        pub signed_at_ms: Option<i64>,
        pub withdrawn_at_ms: Option<i64>,
        #[sea_orm(column_type = "Text", nullable)]
        pub withdrawn_by: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Every certificate that devices were given.
pub mod certificate {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "certificates")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub serial: String,
        #[sea_orm(column_type = "Text")]
        pub device_id: String,
        #[sea_orm(column_type = "Text")]
        pub state: String,
        pub issued_at_ms: i64,
        pub expires_at_ms: i64,
        pub ended_at_ms: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

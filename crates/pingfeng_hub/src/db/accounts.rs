//! People, their sessions, tokens of integrators, the set-up link.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, sea_query::Expr,
};

use super::{
    Db,
    entity::{api_token, session, setup_link, user},
};

impl Db {
    /// True while nobody can sign in.
    pub async fn has_no_users(&self) -> Result<bool, DbErr> {
        Ok(user::Entity::find().count(&self.connection).await? == 0)
    }

    /// Replaces the set-up link.
    pub async fn replace_setup_link(&self, token_hash: &str, now_ms: i64) -> Result<(), DbErr> {
        let transaction = self.write().await?;
        setup_link::Entity::delete_many().exec(&transaction).await?;
        setup_link::Entity::insert(setup_link::ActiveModel {
            token_hash: Set(token_hash.to_owned()),
            created_at_ms: Set(now_ms),
        })
        .exec_without_returning(&transaction)
        .await?;
        transaction.commit().await
    }

    /// True if the hash is that of the link. Hashes of random secrets may be compared by the database: their bytes
    /// tell a guesser nothing.
    pub async fn setup_link_is(&self, token_hash: &str) -> Result<bool, DbErr> {
        Ok(setup_link::Entity::find_by_id(token_hash).one(&self.connection).await?.is_some())
    }

    /// Uses the link up and makes the first user, or returns false if the link is gone: of two tries at the same
    /// time one wins.
    pub async fn use_setup_link(&self, token_hash: &str, first: user::Model) -> Result<bool, DbErr> {
        let transaction = self.write().await?;
        let used = setup_link::Entity::delete_by_id(token_hash).exec(&transaction).await?.rows_affected;
        if used == 0 {
            return Ok(false);
        }
        user::Entity::insert(user::ActiveModel::from(first))
            .exec_without_returning(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// A user by name.
    pub async fn user_by_name(&self, name: &str) -> Result<Option<user::Model>, DbErr> {
        user::Entity::find().filter(user::Column::Name.eq(name)).one(&self.connection).await
    }

    /// Notes failed sign-ins and the lock they lead to.
    pub async fn set_failures(&self, user: &str, failures: i32, locked_until_ms: i64) -> Result<(), DbErr> {
        user::Entity::update_many()
            .col_expr(user::Column::Failures, Expr::value(failures))
            .col_expr(user::Column::LockedUntilMs, Expr::value(locked_until_ms))
            .filter(user::Column::Id.eq(user))
            .exec(&self.connection)
            .await?;
        Ok(())
    }

    /// Stores a session and forgets those that ended.
    pub async fn insert_session(&self, session: session::Model) -> Result<(), DbErr> {
        let transaction = self.write().await?;
        session::Entity::delete_many()
            .filter(session::Column::ExpiresAtMs.lte(session.created_at_ms))
            .exec(&transaction)
            .await?;
        session::Entity::insert(session::ActiveModel::from(session))
            .exec_without_returning(&transaction)
            .await?;
        transaction.commit().await
    }

    /// The user of a session that has not ended, and when it ends.
    pub async fn session_user(&self, token_hash: &str, now_ms: i64) -> Result<Option<(user::Model, i64)>, DbErr> {
        let Some(session) = session::Entity::find_by_id(token_hash)
            .filter(session::Column::ExpiresAtMs.gt(now_ms))
            .one(&self.connection)
            .await?
        else {
            return Ok(None);
        };
        let user = user::Entity::find_by_id(&session.user_id).one(&self.connection).await?;
        Ok(user.map(|user| (user, session.expires_at_ms)))
    }

    /// Ends a session.
    pub async fn delete_session(&self, token_hash: &str) -> Result<(), DbErr> {
        session::Entity::delete_by_id(token_hash).exec(&self.connection).await?;
        Ok(())
    }

    /// Tokens of integrators, newest first.
    pub async fn api_tokens(&self) -> Result<Vec<api_token::Model>, DbErr> {
        api_token::Entity::find().order_by_desc(api_token::Column::Id).all(&self.connection).await
    }

    /// Stores a token's hash.
    pub async fn insert_api_token(&self, token: api_token::Model) -> Result<(), DbErr> {
        api_token::Entity::insert(api_token::ActiveModel::from(token))
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Forgets a token; false if there was none.
    pub async fn delete_api_token(&self, id: &str) -> Result<bool, DbErr> {
        Ok(api_token::Entity::delete_by_id(id).exec(&self.connection).await?.rows_affected > 0)
    }

    /// The token of that hash; notes its use.
    pub async fn use_api_token(&self, token_hash: &str, now_ms: i64) -> Result<Option<api_token::Model>, DbErr> {
        let found = api_token::Entity::find()
            .filter(api_token::Column::TokenHash.eq(token_hash))
            .one(&self.connection)
            .await?;
        if let Some(token) = &found {
            api_token::Entity::update_many()
                .col_expr(api_token::Column::LastUsedAtMs, Expr::value(now_ms))
                .filter(api_token::Column::Id.eq(&token.id))
                .exec(&self.connection)
                .await?;
        }
        Ok(found)
    }
}

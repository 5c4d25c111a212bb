//! Administrators: the one-time set-up link, sign-in with a lock after wrong passwords, sessions, tokens of integrators.
//! There is no default password anywhere.

use std::net::IpAddr;

use argon2::{
    Argon2, PasswordHash, PasswordHasher, PasswordVerifier,
    password_hash::{Salt, SaltString},
};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::{
    Hub,
    db::entity::{api_token, session, user},
    error::{ApiResult, bad_request, forbidden, internal, not_found, too_many, unauthorized},
    fleet::text,
    hash_secret,
    limits::{LOGIN_FAILURES_MAX, LOGIN_LOCK_MS},
    new_secret,
};

/// Characters of a password, at least. Length is what helps; rules about signs are not.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// Characters of a password, at most: hashing is slow on purpose.
pub const PASSWORD_CHARS_MAX: usize = 200;
/// Passwords that are hashed at a time: each takes 19 MiB and a core.
static HASHING: Semaphore = Semaphore::const_new(2);
/// Begins every token, so that one that leaks into a repository is recognised by scanners.
const API_TOKEN_PREFIX: &str = "pf_";

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// User name.
    pub user: String,
    /// When the session ends.
    pub expires_at_ms: i64,
}

/// A token of an integrator.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ApiToken {
    /// Id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// When it was made.
    pub created_at_ms: i64,
    /// By whom.
    pub created_by: String,
    /// When it was used last.
    pub last_used_at_ms: Option<i64>,
    /// The token; given once, when it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// The secret of a new session, for the cookie.
pub struct NewSession {
    /// Secret.
    pub secret: String,
    /// Whose.
    pub account: Account,
}

impl Hub {
    /// Makes the one-time link's token if nobody can sign in yet. Every start makes a new one; the old one ends.
    pub async fn setup_token(&self) -> ApiResult<Option<String>> {
        if !self.db.has_no_users().await? {
            return Ok(None);
        }
        let token = new_secret();
        self.db.replace_setup_link(&hash_secret(&token), self.now_ms()).await?;
        Ok(Some(token))
    }

    /// Uses the link: the first administrator is made and signed in.
    pub async fn set_up(&self, token: &str, name: &str, password: String, from: IpAddr) -> ApiResult<NewSession> {
        let now_ms = self.now_ms();
        self.attempts.count(from, now_ms).map_err(too_many)?;
        let used = || {
            forbidden("setup_link_invalid", "this set-up link is not good (any more)")
                .hint("start the hub again for a new link, or sign in")
        };
        let token_hash = hash_secret(token);
        if !self.db.setup_link_is(&token_hash).await? {
            tracing::warn!(%from, "set-up refused: wrong link");
            return Err(used());
        }
        let name = text("user", name)?;
        check_password(&name, &password)?;
        let first = user::Model {
            id: crate::new_id(now_ms),
            name: name.clone(),
            password_hash: hash_password(password).await?,
            created_at_ms: now_ms,
            failures: 0,
            locked_until_ms: 0,
        };
        if !self.db.use_setup_link(&token_hash, first.clone()).await? {
            return Err(used());
        }
        tracing::info!("the first administrator was made");
        self.audit(&name, "set_up", &name).await;
        self.begin_session(first).await
    }

    /// Signs in. The answer to a wrong name and to a wrong password is the same, in words and in time.
    pub async fn sign_in(&self, name: &str, password: String, from: IpAddr) -> ApiResult<NewSession> {
        let now_ms = self.now_ms();
        self.attempts.count(from, now_ms).map_err(too_many)?;
        let wrong = || {
            unauthorized("wrong_credentials", "user name or password is wrong")
                .hint(format!("after {LOGIN_FAILURES_MAX} wrong passwords the account is locked for 5 minutes"))
        };
        if password.chars().count() > PASSWORD_CHARS_MAX {
            return Err(wrong());
        }
        let user = self.db.user_by_name(name.trim()).await?;
        if let Some(user) = &user
            && now_ms < user.locked_until_ms
            // A clock that went far back must not lock somebody out for as long.
            && user.locked_until_ms - now_ms <= LOGIN_LOCK_MS
        {
            return Err(crate::error::ApiError::new(
                axum::http::StatusCode::TOO_MANY_REQUESTS,
                "locked",
                "this account is locked after wrong passwords",
            )
            .retry_after_ms(user.locked_until_ms - now_ms));
        }
        let right = verify_password(user.as_ref().map(|user| user.password_hash.clone()), password).await?;
        let Some(user) = user else {
            tracing::warn!(%from, "sign-in refused");
            return Err(wrong());
        };
        if !right {
            let failures = user.failures + 1;
            let locked = failures >= LOGIN_FAILURES_MAX;
            tracing::warn!(%from, locked, "sign-in refused");
            let (failures, until_ms) = if locked { (0, now_ms + LOGIN_LOCK_MS) } else { (failures, 0) };
            self.db.set_failures(&user.id, failures, until_ms).await?;
            if locked {
                self.audit(&user.name, "locked", &user.name).await;
            }
            return Err(wrong());
        }
        if user.failures > 0 || user.locked_until_ms > 0 {
            self.db.set_failures(&user.id, 0, 0).await?;
        }
        self.audit(&user.name, "sign_in", &user.name).await;
        self.begin_session(user).await
    }

    /// Who a session belongs to.
    pub async fn account(&self, secret: &str) -> ApiResult<Option<Account>> {
        let found = self.db.session_user(&hash_secret(secret), self.now_ms()).await?;
        Ok(found.map(|(user, expires_at_ms)| Account { user: user.name, expires_at_ms }))
    }

    /// Ends a session.
    pub async fn sign_out(&self, secret: &str) -> ApiResult<()> {
        Ok(self.db.delete_session(&hash_secret(secret)).await?)
    }

    /// Tokens of integrators, without the tokens.
    pub async fn list_api_tokens(&self) -> ApiResult<Vec<ApiToken>> {
        Ok(self.db.api_tokens().await?.into_iter().map(|row| token_view(row, None)).collect())
    }

    /// Makes a token; it is told once.
    pub async fn create_api_token(&self, name: &str, by: &str) -> ApiResult<ApiToken> {
        let token = format!("{API_TOKEN_PREFIX}{}", new_secret());
        let now_ms = self.now_ms();
        let row = api_token::Model {
            id: crate::new_id(now_ms),
            name: text("name", name)?,
            token_hash: hash_secret(&token),
            created_at_ms: now_ms,
            created_by: by.to_owned(),
            last_used_at_ms: None,
        };
        self.db.insert_api_token(row.clone()).await?;
        Ok(token_view(row, Some(token)))
    }

    /// Ends a token.
    pub async fn delete_api_token(&self, id: &str) -> ApiResult<()> {
        if self.db.delete_api_token(id).await? { Ok(()) } else { Err(not_found("token", id)) }
    }

    /// Name of the integrator that a bearer token belongs to.
    pub async fn integrator(&self, token: &str) -> ApiResult<Option<String>> {
        if !token.starts_with(API_TOKEN_PREFIX) {
            return Ok(None);
        }
        Ok(self.db.use_api_token(&hash_secret(token), self.now_ms()).await?.map(|row| row.name))
    }

    async fn begin_session(&self, user: user::Model) -> ApiResult<NewSession> {
        let secret = new_secret();
        let now_ms = self.now_ms();
        let expires_at_ms = now_ms + i64::from(self.config.settings.session.hours) * 3_600_000;
        self.db
            .insert_session(session::Model {
                token_hash: hash_secret(&secret),
                user_id: user.id,
                created_at_ms: now_ms,
                expires_at_ms,
            })
            .await?;
        Ok(NewSession { secret, account: Account { user: user.name, expires_at_ms } })
    }
}

fn check_password(name: &str, password: &str) -> ApiResult<()> {
    let characters = password.chars().count();
    if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&characters) {
        return Err(bad_request(
            "weak_password",
            format!("a password has {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters"),
        )
        .at("password")
        .hint("a sentence is easy to remember"));
    }
    let first = password.chars().next();
    if password.to_lowercase().contains(&name.to_lowercase()) || password.chars().all(|c| Some(c) == first) {
        return Err(bad_request("weak_password", "the password is too easy to guess").at("password"));
    }
    Ok(())
}

async fn hash_password(password: String) -> ApiResult<String> {
    let _place = HASHING.acquire().await.map_err(internal)?;
    tokio::task::spawn_blocking(move || {
        let salt = SaltString::encode_b64(&rand::random::<[u8; Salt::RECOMMENDED_LENGTH]>()).map_err(internal)?;
        let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(internal)?;
        Ok(hash.to_string())
    })
    .await
    .map_err(internal)?
}

/// True if the password is that of the hash. Without a hash the same work is done for nothing.
async fn verify_password(hash: Option<String>, password: String) -> ApiResult<bool> {
    let Some(hash) = hash else {
        hash_password(password).await?;
        return Ok(false);
    };
    let _place = HASHING.acquire().await.map_err(internal)?;
    tokio::task::spawn_blocking(move || {
        let hash = PasswordHash::new(&hash).map_err(internal)?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    })
    .await
    .map_err(internal)?
}

fn token_view(row: api_token::Model, token: Option<String>) -> ApiToken {
    ApiToken {
        id: row.id,
        name: row.name,
        created_at_ms: row.created_at_ms,
        created_by: row.created_by,
        last_used_at_ms: row.last_used_at_ms,
        token,
    }
}

//! Devices of a site may give each other pieces. The hub says whether, and gives them the key by which they know each
//! other. Whoever leaves a site leaves with a key that is worth nothing any more.

use base64::{Engine, engine::general_purpose::STANDARD};
use pingfeng_wire::Neighbours;

use crate::{Hub, error::ApiResult};

fn secret_of(site: &str) -> String {
    format!("neighbours {site}")
}

impl Hub {
    /// The key of a site, as its devices are told.
    pub(crate) async fn neighbours_of(&self, site: &str) -> ApiResult<Neighbours> {
        let key = self.db.secret(&secret_of(site), rand::random(), self.now_ms()).await?;
        Ok(Neighbours { key: STANDARD.encode(key) })
    }

    /// Somebody who knows the key does not belong to the site any more: those who do are given another one.
    pub(crate) async fn renew_site_key(&self, site: &str) -> ApiResult<()> {
        if !self.db.forget_secret(&secret_of(site)).await? {
            // Nobody was ever told one.
            return Ok(());
        }
        let devices = self.db.devices().await?;
        self.state_again(devices.into_iter().filter(|device| device.site_id == site).map(|device| device.id).collect())
            .await
    }
}

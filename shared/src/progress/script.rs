//! The merge as a Valkey script, with its keys and arguments in the order it wants them.

use super::Position;
use crate::{
    ids::{ContentId, ProfileId},
    valkey,
};

/// The script. Run it with [`keys`] and [`arguments`]; it returns `[won (0|1), revision]`.
pub const LUA: &str = include_str!("merge.lua");

/// `KEYS` of [`LUA`].
pub fn keys(profile: ProfileId) -> [String; 3] {
    [
        valkey::progress(profile),
        valkey::progress_stream(valkey::shard(profile)),
        valkey::rev(profile),
    ]
}

/// `ARGV` of [`LUA`].
pub fn arguments(
    profile: ProfileId,
    content: ContentId,
    position: &Position,
    now_ms: i64,
) -> [String; 8] {
    [
        content.to_string(),
        profile.to_string(),
        position.position.to_string(),
        position.duration.to_string(),
        position.client_timestamp.to_string(),
        position.device.to_string(),
        u8::from(position.completed).to_string(),
        now_ms.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::HOT_TTL_S;

    #[test]
    fn the_script_spells_the_constants_it_cannot_import() {
        assert!(LUA.contains(&format!("'EXPIRE', KEYS[1], {HOT_TTL_S}")));
        assert!(LUA.contains(&format!("'~', {}", valkey::PROGRESS_STREAM_MAX)));
        assert!(LUA.contains(&format!("'{}'", valkey::PROFILE_EVENTS)));
    }
}

//! Parts of the manifest that are a text or a table, and the names in it.

use std::path::PathBuf;

use anyhow::ensure;
use serde::Deserialize;

/// A public pattern, or none: then only other components reach it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "toml::Value")]
pub enum Route {
    /// `/exact`, `/prefix/...` or `/with/:capture`.
    Public(String),
    /// `{ private = true }`
    Private,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "toml::Value")]
pub(super) struct Source(pub(super) PathBuf);

/// One entry of `files`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "toml::Value")]
pub enum Files {
    /// `"assets/**/*"`: each match keeps its path relative to the manifest.
    Glob(String),
    /// `{ source = "ui/dist", destination = "/" }`
    Mount {
        /// A file or folder, relative to the manifest.
        source: String,
        /// An absolute path in the component.
        destination: String,
    },
}

impl TryFrom<toml::Value> for Route {
    type Error = String;
    fn try_from(value: toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::String(pattern) => Ok(Self::Public(pattern)),
            toml::Value::Table(table)
                if table.len() == 1
                    && table.get("private") == Some(&toml::Value::Boolean(true)) =>
            {
                Ok(Self::Private)
            }
            other => Err(format!(
                "`route` must be a pattern or {{ private = true }}, not {other}"
            )),
        }
    }
}

impl TryFrom<toml::Value> for Source {
    type Error = String;
    fn try_from(value: toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::String(path) => Ok(Self(path.into())),
            other => Err(format!(
                "`source` must be a path to a built component: the runner fetches nothing, so not {other}"
            )),
        }
    }
}

impl TryFrom<toml::Value> for Files {
    type Error = String;
    fn try_from(value: toml::Value) -> Result<Self, String> {
        let table = match value {
            toml::Value::String(pattern) => return Ok(Self::Glob(pattern)),
            toml::Value::Table(table) => table,
            other => {
                return Err(format!(
                    "an entry of `files` is a glob or {{ source, destination }}, not {other}"
                ));
            }
        };
        if let Some(unknown) = table
            .keys()
            .find(|key| *key != "source" && *key != "destination")
        {
            return Err(format!(
                "unknown field `{unknown}` in `files`, expected `source` and `destination`"
            ));
        }
        let text = |key: &str| {
            table
                .get(key)
                .and_then(toml::Value::as_str)
                .map(str::to_owned)
        };
        match (text("source"), text("destination")) {
            (Some(source), Some(destination)) if destination.starts_with('/') => Ok(Self::Mount {
                source,
                destination,
            }),
            (Some(_), Some(destination)) => Err(format!(
                "`destination` must be absolute, not `{destination}`"
            )),
            _ => Err("an entry of `files` needs the texts `source` and `destination`".to_owned()),
        }
    }
}

/// Spin's rule, so that a name maps to one environment variable and back.
pub(crate) fn check_variable_name(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if let Some(invalid) = name.chars().find(|c| !allowed(*c)) {
        return Err(format!(
            "{name:?}: invalid character {invalid:?}. Variable names may contain only lower-case letters, numbers, and underscores."
        ));
    }
    let edges_fit = name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('_')
        && !name.contains("__");
    if edges_fit {
        Ok(())
    } else {
        Err(format!(
            "{name:?}: must start with a letter, end with a letter or digit, and use single underscores"
        ))
    }
}

pub(super) fn check_component_id(id: &str) -> anyhow::Result<()> {
    let one_case = |word: &str| {
        let (mut lower, mut upper) = (false, false);
        word.chars().for_each(|c| {
            lower |= c.is_ascii_lowercase();
            upper |= c.is_ascii_uppercase();
        });
        lower != upper
    };
    let fits = id.split('-').all(|word| {
        word.starts_with(|c: char| c.is_ascii_alphabetic())
            && word.chars().all(|c| c.is_ascii_alphanumeric())
            && one_case(word)
    });
    ensure!(
        fits,
        "component id `{id}` must be kebab-case, each word starting with a letter and of one case"
    );
    Ok(())
}

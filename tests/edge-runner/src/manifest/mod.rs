//! `spin.toml`, manifest version 2: read, checked, and refused with a sentence when something in it is unknown.
//! Invariant: what this module accepts, Spin 4.1 accepts too; features the runner does not host are errors, not ignored.

mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

pub(crate) use self::values::{Files, Route, check_variable_name};
use self::values::{Source, check_component_id};

/// An application as `spin.toml` declares it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    spin_manifest_version: u32,
    /// Name and version, shown by `/.well-known/spin/info`.
    pub application: Application,
    /// The only names that templates may use.
    #[serde(default)]
    pub variables: BTreeMap<String, Variable>,
    trigger: Triggers,
    /// Components by id.
    #[serde(default, rename = "component")]
    pub components: BTreeMap<String, Component>,
    #[serde(skip)]
    directory: PathBuf,
}

/// `[application]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The application's name.
    pub name: String,
    /// Its version, if any.
    pub version: Option<String>,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(rename = "authors")]
    _authors: Option<Vec<String>>,
    #[serde(rename = "targets")]
    _targets: Option<toml::Value>,
    #[serde(rename = "tool")]
    _tool: Option<toml::Value>,
    trigger: Option<toml::Table>,
}

/// `[variables]`: either required or with a default.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Used when nothing else gives a value.
    pub default: Option<String>,
    #[serde(default)]
    required: bool,
    #[serde(rename = "secret")]
    _secret: Option<bool>,
    #[serde(rename = "description")]
    _description: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Triggers {
    #[serde(default)]
    http: Vec<HttpTrigger>,
}

/// `[[trigger.http]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpTrigger {
    id: Option<String>,
    /// Where it answers.
    pub route: Route,
    component: Option<String>,
    static_response: Option<StaticResponse>,
    executor: Option<toml::Table>,
}

/// What answers a trigger.
#[derive(Clone, Debug)]
pub enum Answerer {
    /// A component, by id.
    Component(String),
    /// A fixed answer, without any wasm.
    Static(StaticResponse),
}

/// `static_response = { … }`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaticResponse {
    /// 200 when absent.
    pub status_code: Option<u16>,
    /// Sent as written.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Empty when absent.
    pub body: Option<String>,
}

/// `[component.<id>]`: its code, and everything it is granted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    source: Source,
    /// Shown under the route at start.
    pub description: Option<String>,
    /// Templates; the component sees only these.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// `std::env::vars` of the component.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Mounted read-only.
    #[serde(default)]
    pub files: Vec<Files>,
    /// Globs, relative to the manifest.
    #[serde(default)]
    pub exclude_files: Vec<String>,
    /// Templates.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    /// Labels the component may open.
    #[serde(default)]
    pub key_value_stores: BTreeSet<String>,
    #[serde(rename = "build")]
    _build: Option<toml::Value>,
    #[serde(rename = "targets")]
    _targets: Option<toml::Value>,
    #[serde(rename = "tool")]
    _tool: Option<toml::Value>,
    #[serde(rename = "profile")]
    _profile: Option<toml::Value>,
}

impl Manifest {
    /// Reads and checks the file; paths in it are relative to its folder.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let directory = path.parent().unwrap_or(Path::new("")).to_path_buf();
        Self::parse(&text, directory)
            .with_context(|| format!("{} is not a manifest the runner can host", path.display()))
    }

    /// Checks the text of a manifest whose relative paths start at `directory`.
    pub fn parse(text: &str, directory: impl Into<PathBuf>) -> anyhow::Result<Self> {
        let mut manifest: Self = toml::from_str(text)?;
        manifest.directory = directory.into();
        manifest.check()?;
        Ok(manifest)
    }

    /// The HTTP triggers, each with what answers it.
    pub fn triggers(&self) -> impl Iterator<Item = (&HttpTrigger, Answerer)> {
        self.trigger
            .http
            .iter()
            .map(|trigger| (trigger, trigger.answerer().expect("checked when parsed")))
    }

    /// Where a component's wasm is.
    pub fn source(&self, component: &Component) -> PathBuf {
        self.directory.join(&component.source.0)
    }

    pub(crate) fn directory(&self) -> &Path {
        if self.directory.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &self.directory
        }
    }

    fn check(&self) -> anyhow::Result<()> {
        ensure!(
            self.spin_manifest_version == 2,
            "spin_manifest_version is {}, only 2 is supported",
            self.spin_manifest_version
        );
        if let Some(settings) = self
            .application
            .trigger
            .as_ref()
            .and_then(|trigger| trigger.get("http"))
        {
            let base = settings.get("base").and_then(toml::Value::as_str);
            ensure!(
                base == Some("/"),
                "[application.trigger.http] may only hold base = \"/\""
            );
        }
        for (name, variable) in &self.variables {
            check_variable_name(name).map_err(anyhow::Error::msg)?;
            ensure!(
                variable.required != variable.default.is_some(),
                "variable `{name}` must have either `default` or `required = true`"
            );
        }
        self.check_triggers()?;
        for (id, component) in &self.components {
            check_component_id(id)?;
            for name in component.variables.keys() {
                check_variable_name(name)
                    .map_err(|reason| anyhow::anyhow!("component `{id}`: {reason}"))?;
            }
        }
        Ok(())
    }

    fn check_triggers(&self) -> anyhow::Result<()> {
        ensure!(
            !self.trigger.http.is_empty(),
            "there is no [[trigger.http]]"
        );
        let (mut ids, mut routes) = (BTreeSet::new(), BTreeSet::new());
        for trigger in &self.trigger.http {
            if let Answerer::Component(id) = trigger.answerer()? {
                ensure!(
                    self.components.contains_key(&id),
                    "{} names component `{id}`, which is not declared",
                    trigger.label()
                );
            }
            if let Some(id) = &trigger.id {
                ensure!(ids.insert(id), "trigger id `{id}` is used twice");
            }
            if let Route::Public(route) = &trigger.route {
                ensure!(routes.insert(route), "route `{route}` is declared twice");
            }
            let executor = trigger.executor.as_ref().map_or(Some("http"), |table| {
                table.get("type").and_then(toml::Value::as_str)
            });
            ensure!(
                executor == Some("http"),
                "{}: only the `http` executor is supported",
                trigger.label()
            );
        }
        Ok(())
    }
}

impl HttpTrigger {
    fn label(&self) -> String {
        match &self.route {
            Route::Public(route) => format!("the trigger of route `{route}`"),
            Route::Private => "a private trigger".to_owned(),
        }
    }

    fn answerer(&self) -> anyhow::Result<Answerer> {
        match (&self.component, &self.static_response) {
            (Some(id), None) => Ok(Answerer::Component(id.clone())),
            (None, Some(fixed)) => Ok(Answerer::Static(fixed.clone())),
            (None, None) => bail!(
                "{} must have `component` or `static_response`",
                self.label()
            ),
            (Some(_), Some(_)) => bail!(
                "{} has both `component` and `static_response`",
                self.label()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "spin_manifest_version = 2\n[application]\nname = \"app\"\n";

    fn refusal(rest: &str) -> String {
        format!(
            "{:#}",
            Manifest::parse(&format!("{HEAD}{rest}"), ".").expect_err("must be refused")
        )
    }

    #[test]
    fn a_mistake_is_refused_with_a_sentence_that_names_it() {
        let component = "[component.a]\nsource = \"a.wasm\"\n";
        let trigger = "[[trigger.http]]\nroute = \"/\"\ncomponent = \"a\"\n";
        for (rest, expected) in [
            (
                format!("{trigger}{component}alowed_outbound_hosts = []"),
                "unknown field `alowed_outbound_hosts`",
            ),
            (
                format!("{trigger}wagi = 1\n{component}"),
                "unknown field `wagi`",
            ),
            (
                "[[trigger.redis]]\nchannel = \"x\"".to_owned(),
                "unknown field `redis`",
            ),
            ("[trigger]".to_owned(), "there is no [[trigger.http]]"),
            (
                trigger.to_owned(),
                "names component `a`, which is not declared",
            ),
            (
                format!("{trigger}{trigger}{component}"),
                "route `/` is declared twice",
            ),
            (
                format!("{trigger}static_response = {{}}\n{component}"),
                "both `component` and `static_response`",
            ),
            (
                "[[trigger.http]]\nroute = \"/\"".to_owned(),
                "must have `component` or `static_response`",
            ),
            (
                "[[trigger.http]]\nroute = { private = false }\ncomponent = \"a\"".to_owned(),
                "`route` must be a pattern or",
            ),
            (
                format!("[variables]\nkey = {{}}\n{trigger}{component}"),
                "variable `key` must have either",
            ),
            (
                format!("[variables]\nKey = {{ required = true }}\n{trigger}{component}"),
                "invalid character 'K'",
            ),
            (
                format!("{trigger}[component.a]\nsource = {{ url = \"https://x\" }}"),
                "the runner fetches nothing",
            ),
            (
                format!("{trigger}{component}files = [{{ source = \"x\", destination = \"y\" }}]"),
                "must be absolute",
            ),
            (
                format!("{trigger}{component}files = [{{ source = \"x\", target = \"/\" }}]"),
                "unknown field `target`",
            ),
            (
                format!("{trigger}{component}sqlite_databases = [\"default\"]"),
                "unknown field `sqlite_databases`",
            ),
        ] {
            let message = refusal(&rest);
            assert!(
                message.contains(expected),
                "{message}\nshould say: {expected}"
            );
        }
    }

    #[test]
    fn a_component_id_is_kebab_case_of_one_case_per_word() {
        for (id, fits) in [
            ("api", true),
            ("api-v2", true),
            ("API-v2", true),
            ("Api", false),
            ("2-api", false),
            ("api--v2", false),
            ("api_v2", false),
        ] {
            assert_eq!(check_component_id(id).is_ok(), fits, "{id}");
        }
    }

    #[test]
    fn the_whole_vocabulary_is_accepted() {
        let text = format!(
            r#"{HEAD}version = "1.0.0"
            [application.trigger.http]
            base = "/"
            [variables]
            token = {{ required = true, secret = true }}
            origin = {{ default = "http://127.0.0.1:4000" }}
            [[trigger.http]]
            route = "/healthz"
            static_response = {{ status_code = 200, headers = {{ a = "b" }}, body = "ok" }}
            [[trigger.http]]
            id = "inner"
            route = {{ private = true }}
            component = "authz"
            executor = {{ type = "http" }}
            [component.authz]
            source = "authz.wasm"
            description = "checks tokens"
            key_value_stores = ["default"]
            allowed_outbound_hosts = ["{{{{ origin }}}}"]
            environment = {{ STAGE = "local" }}
            variables = {{ token = "{{{{ token }}}}" }}
            files = ["a/**/*", {{ source = "dist", destination = "/" }}]
            exclude_files = ["**/*.map"]
            [component.authz.build]
            command = "cargo build"
            [component.authz.profile.debug]
            source = "debug.wasm"
            "#
        );
        let manifest = Manifest::parse(&text, "/app").expect("valid");
        assert_eq!(
            manifest.source(&manifest.components["authz"]),
            Path::new("/app/authz.wasm")
        );
        assert_eq!(manifest.triggers().count(), 2);
    }
}

//! Variables of the application and the templates that use them. Resolved once, at start.

use std::collections::BTreeMap;

use anyhow::{anyhow, bail, ensure};

use crate::manifest::Variable;

/// `SPIN_VARIABLE_TOKEN_KEY` gives `token_key`, as on Spin.
const ENVIRONMENT_PREFIX: &str = "SPIN_VARIABLE_";

/// The values that an environment gives.
pub fn from_environment(
    environment: impl Iterator<Item = (String, String)>,
) -> BTreeMap<String, String> {
    environment
        .filter_map(|(name, value)| {
            Some((
                name.strip_prefix(ENVIRONMENT_PREFIX)?.to_ascii_lowercase(),
                value,
            ))
        })
        .collect()
}

/// Every declared variable with its value.
#[derive(Debug)]
pub(crate) struct Variables(BTreeMap<String, String>);

impl Variables {
    /// A given value wins over the default. Fails with the names of all variables that have neither.
    pub(crate) fn resolve(
        declared: &BTreeMap<String, Variable>,
        given: &BTreeMap<String, String>,
    ) -> anyhow::Result<Self> {
        let (mut values, mut missing) = (BTreeMap::new(), Vec::new());
        for (name, variable) in declared {
            match given.get(name).or(variable.default.as_ref()) {
                Some(value) => drop(values.insert(name.clone(), value.clone())),
                None => missing.push(name.as_str()),
            }
        }
        ensure!(
            missing.is_empty(),
            "no value for the required variables {}: give --variable NAME=VALUE or {ENVIRONMENT_PREFIX}NAME",
            missing.join(", ")
        );
        Ok(Self(values))
    }

    /// Replaces each `{{ name }}` by its value.
    pub(crate) fn render(&self, template: &str) -> anyhow::Result<String> {
        let mut rendered = String::new();
        let mut rest = template;
        while let Some((literal, expression)) = rest.split_once("{{") {
            let Some((name, after)) = expression.split_once("}}") else {
                bail!("unmatched '{{{{' in template `{template}`")
            };
            let name = name.trim();
            let value = self.0.get(name).ok_or_else(|| {
                anyhow!("template `{template}` uses the undeclared variable `{name}`")
            })?;
            rendered.push_str(literal);
            rendered.push_str(value);
            rest = after;
        }
        rendered.push_str(rest);
        Ok(rendered)
    }

    /// The rendered variables of one component.
    pub(crate) fn render_all(
        &self,
        templates: &BTreeMap<String, String>,
    ) -> anyhow::Result<BTreeMap<String, String>> {
        templates
            .iter()
            .map(|(name, template)| Ok((name.clone(), self.render(template)?)))
            .collect()
    }

    #[cfg(test)]
    pub(crate) fn of<const N: usize>(values: [(&str, &str); N]) -> Self {
        Self(
            values
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        )
    }
}

pub(crate) fn is_template(text: &str) -> bool {
    text.contains("{{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_concatenate_and_refuse_what_is_not_declared() {
        let variables = Variables::of([("origin", "http://o"), ("empty", "")]);
        for (template, expected) in [
            ("", Ok("")),
            ("plain", Ok("plain")),
            ("{{ origin }}/play", Ok("http://o/play")),
            ("{{origin}}{{ empty }}{{origin}}", Ok("http://ohttp://o")),
            ("{{ other }}", Err("undeclared variable `other`")),
            ("{{ origin", Err("unmatched '{{'")),
        ] {
            match (variables.render(template), expected) {
                (Ok(rendered), Ok(expected)) => assert_eq!(rendered, expected),
                (Err(error), Err(expected)) => {
                    assert!(error.to_string().contains(expected), "{error}");
                }
                (outcome, _) => panic!("{template}: {outcome:?}"),
            }
        }
    }

    #[test]
    fn the_environment_names_variables_in_upper_case() {
        let environment = [("SPIN_VARIABLE_TOKEN_KEY", "k"), ("PATH", "/bin")]
            .map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(
            from_environment(environment.into_iter()),
            BTreeMap::from([("token_key".to_owned(), "k".to_owned())])
        );
    }

    #[test]
    fn start_fails_with_every_missing_name() {
        let declared = toml::from_str(
            "a = { required = true }\nb = { default = \"x\" }\nc = { required = true }",
        )
        .expect("valid");
        let error = Variables::resolve(&declared, &BTreeMap::new())
            .expect_err("two are missing")
            .to_string();
        assert!(error.contains("required variables a, c:"), "{error}");
    }
}

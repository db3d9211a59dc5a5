//! `spin:variables`: the component's own variables, rendered at start.

use wasmtime::component::Accessor;

use super::HostData;
use super::bindings::spin::variables::variables::{Error, Host, HostWithStore};
use crate::manifest::check_variable_name;

impl Host for super::Host {}

impl<T: Send> HostWithStore<T> for HostData {
    async fn get(
        accessor: &Accessor<T, Self>,
        name: String,
    ) -> wasmtime::Result<Result<String, Error>> {
        if let Err(reason) = check_variable_name(&name) {
            return Ok(Err(Error::InvalidName(reason)));
        }
        Ok(accessor.with(|mut access| {
            let grants = &access.get().grants;
            let undefined =
                || Error::Undefined(format!("no variable for {:?}.{name:?}", grants.component));
            grants.variables.get(&name).cloned().ok_or_else(undefined)
        }))
    }
}

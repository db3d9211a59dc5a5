//! What the edge promises, asked of the real components over HTTP: under the local host by default, under `spin up` with
//! `EDGE=spin`. All of it is in `tests/it`; this library is empty so that the tests have a package.

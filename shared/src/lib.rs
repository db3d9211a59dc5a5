//! Pure domain rules.

//! What one instance remembers: things that are the same for every viewer, within a bound.

use std::{borrow::Borrow, cell::RefCell, collections::HashMap, hash::Hash, rc::Rc};

/// A bounded map. When it is full it starts over: an instance doesn't live long enough for anything cleverer.
pub struct Memo<K, V> {
    entries: RefCell<HashMap<K, Rc<V>>>,
    capacity: usize,
}

impl<K: Eq + Hash, V> Memo<K, V> {
    /// Remembers that many entries at most.
    pub fn new(capacity: usize) -> Self {
        Self {
            entries: RefCell::default(),
            capacity,
        }
    }

    /// What is remembered under that key.
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<Rc<V>>
    where
        K: Borrow<Q>,
    {
        self.entries.borrow().get(key).cloned()
    }

    /// Remembers, and hands it back.
    pub fn insert(&self, key: K, value: V) -> Rc<V> {
        let value = Rc::new(value);
        let mut entries = self.entries.borrow_mut();
        if entries.len() >= self.capacity && !entries.contains_key(&key) {
            entries.clear();
        }
        entries.insert(key, Rc::clone(&value));
        value
    }

    /// Forgets one entry.
    pub fn remove<Q: Eq + Hash + ?Sized>(&self, key: &Q)
    where
        K: Borrow<Q>,
    {
        self.entries.borrow_mut().remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_holds_more_than_its_bound() {
        let memo = Memo::new(2);
        memo.insert("a", 1);
        memo.insert("b", 2);
        memo.insert("b", 3);
        assert_eq!(
            (memo.get("a").as_deref(), memo.get("b").as_deref()),
            (Some(&1), Some(&3))
        );
        memo.insert("c", 4);
        assert_eq!((memo.get("a"), memo.get("c").as_deref()), (None, Some(&4)));
        memo.remove("c");
        assert_eq!(memo.get("c"), None);
    }
}

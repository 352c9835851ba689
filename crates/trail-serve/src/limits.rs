//! How many may come in: places in all and by user, given back when they are dropped.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The places of a door.
#[derive(Debug, Clone)]
pub(crate) struct Places(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: usize,
    most_of_one: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by: HashMap<String, usize>,
}

/// A place that somebody has.
#[derive(Debug)]
pub(crate) struct Place {
    places: Places,
    /// Whose it is; of all where nobody is known yet.
    of: Option<String>,
}

impl Places {
    pub(crate) fn new(most: usize, most_of_one: usize) -> Self {
        Self(Arc::new(Inner { most, most_of_one, taken: Mutex::default() }))
    }

    /// A place for who has just come, if there is one.
    pub(crate) fn enter(&self) -> Option<Place> {
        self.with(|taken| {
            let free = taken.all < self.0.most;
            taken.all += usize::from(free);
            free
        })
        .then(|| Place { places: self.clone(), of: None })
    }

    /// A place for a user, if there is one.
    pub(crate) fn of(&self, user: &str) -> Option<Place> {
        self.with(|taken| {
            let count = taken.by.entry(user.to_owned()).or_default();
            let free = *count < self.0.most_of_one;
            *count += usize::from(free);
            free
        })
        .then(|| Place { places: self.clone(), of: Some(user.to_owned()) })
    }

    /// The most that a user may have.
    pub(crate) fn most_of_one(&self) -> usize {
        self.0.most_of_one
    }

    fn with<T>(&self, work: impl FnOnce(&mut Taken) -> T) -> T {
        work(&mut self.0.taken.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.with(|taken| match &self.of {
            None => taken.all -= 1,
            Some(user) => {
                if let Some(count) = taken.by.get_mut(user) {
                    *count -= 1;
                    if *count == 0 {
                        taken.by.remove(user);
                    }
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_given_back() {
        let places = Places::new(2, 1);
        let (one, two) = (places.enter(), places.enter());
        assert!(one.is_some() && two.is_some() && places.enter().is_none());
        drop(one);
        assert!(places.enter().is_some());
        let anna = places.of("anna");
        assert!(anna.is_some() && places.of("anna").is_none() && places.of("bert").is_some());
        drop(anna);
        assert!(places.of("anna").is_some());
        assert!(places.with(|taken| taken.by.is_empty()));
    }
}

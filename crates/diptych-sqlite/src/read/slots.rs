//! A small memory by number: each number has one place, which it shares with those that are a multiple away.
//!
//! The numbers of a dictionary are dense and those in use lie near each other, so this forgets little that a cache with an
//! order of use would keep, and costs an index and a comparison.

/// How many places there are.
const PLACES: usize = 8_192;

/// See the page.
#[derive(Debug)]
pub(super) struct Slots<V>(Vec<Option<(i64, V)>>);

impl<V> Default for Slots<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Slots<V> {
    /// What is remembered of this number.
    pub(super) fn get(&self, number: i64) -> Option<&V> {
        let (found, value) = self.0.get(place(number))?.as_ref()?;
        (*found == number).then_some(value)
    }

    /// Remembers, in place of what was there.
    pub(super) fn put(&mut self, number: i64, value: V) {
        let place = place(number);
        if self.0.len() <= place {
            self.0.resize_with((place + 1).next_power_of_two(), || None);
        }
        self.0[place] = Some((number, value));
    }
}

fn place(number: i64) -> usize {
    usize::try_from(number.unsigned_abs()).unwrap_or(0) % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_remembered_until_another_takes_its_place() {
        let (mut slots, apart) = (Slots::default(), i64::try_from(PLACES).unwrap());
        assert_eq!(slots.get(3), None);
        slots.put(3, "a");
        slots.put(4, "b");
        assert_eq!((slots.get(3), slots.get(4), slots.get(3 + apart)), (Some(&"a"), Some(&"b"), None));
        slots.put(3 + apart, "c");
        assert_eq!((slots.get(3), slots.get(3 + apart)), (None, Some(&"c")));
    }
}

//! A simple model of the catalog, written apart from the shop: lists that are searched from end to end.

use diptych::Timestamp;

/// What a client does.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Create {
        id: &'static str,
        cents: i64,
        category: &'static str,
        stock: Option<u64>,
    },
    Change {
        id: &'static str,
        cents: Option<i64>,
        category: Option<&'static str>,
        name: Option<&'static str>,
    },
    Count {
        id: &'static str,
        stock: u64,
    },
    Review {
        id: &'static str,
        user: &'static str,
        rating: u32,
    },
    Wait {
        seconds: u64,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Product {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) cents: i64,
    pub(crate) category: &'static str,
    pub(crate) sold_out: bool,
    pub(crate) counted: Option<u64>,
    pub(crate) reviews: Vec<(&'static str, u32)>,
    pub(crate) changes: u64,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) users: Vec<&'static str>,
    pub(crate) products: Vec<Product>,
}

impl Model {
    /// Takes a step; answers the code of the refusal, if it is refused.
    pub(crate) fn take(&mut self, step: &Step, now: Timestamp) -> Option<&'static str> {
        match step {
            Step::Wait { .. } => None,
            Step::Create { id, cents, category, stock } => self.create(id, *cents, category, *stock, now),
            Step::Change { id, cents, category, name } => {
                let Some(product) = self.product(id) else { return Some("product-not-found") };
                if cents.is_some() || category.is_some() || name.is_some() {
                    product.cents = cents.unwrap_or(product.cents);
                    product.category = category.unwrap_or(product.category);
                    product.name = name.unwrap_or(product.name);
                    product.changes += 1;
                    product.updated = now;
                }
                None
            }
            Step::Count { id, stock } => {
                let Some(product) = self.product(id) else { return Some("product-not-found") };
                if product.counted != Some(*stock) {
                    product.counted = Some(*stock);
                    product.sold_out = *stock == 0;
                    product.updated = now;
                }
                None
            }
            Step::Review { id, user, rating } => {
                let known = self.users.contains(user);
                let Some(product) = self.product(id) else { return Some("product-not-found") };
                if !known {
                    return Some("reviewer-not-found");
                }
                if product.reviews.iter().any(|(who, _)| who == user) {
                    return Some("already-reviewed");
                }
                product.reviews.push((user, *rating));
                product.updated = now;
                None
            }
        }
    }

    fn product(&mut self, id: &str) -> Option<&mut Product> {
        self.products.iter_mut().find(|product| product.id == id)
    }

    fn create(
        &mut self,
        id: &'static str,
        cents: i64,
        category: &'static str,
        stock: Option<u64>,
        now: Timestamp,
    ) -> Option<&'static str> {
        if id == "search" {
            return Some("reserved-id");
        }
        if self.product(id).is_some() {
            return Some("product-exists");
        }
        self.products.push(Product {
            id,
            name: "Keyboard",
            cents,
            category,
            sold_out: stock == Some(0),
            counted: None,
            reviews: Vec::new(),
            changes: 0,
            created: now,
            updated: now,
        });
        None
    }

    /// The list: the cheapest first, those of one price by the bytes of their ids.
    pub(crate) fn listed(&self, category: Option<&str>, least: i64, most: i64) -> Vec<&'static str> {
        let fits = |product: &&Product| {
            category.is_none_or(|category| category == product.category)
                && (least..=most).contains(&product.cents)
        };
        let mut found: Vec<_> =
            self.products.iter().filter(fits).map(|product| (product.cents, product.id)).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, id)| id).collect()
    }
}

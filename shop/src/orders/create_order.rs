//! Create an order: a draft, with lines or without.

use diptych::{At, Command, Context, Events, Rejection, StreamId, command::States};

use super::{Customer, Item, MAX_ITEMS, Order, OrderEvent, OrderId};
use crate::accounts::UserId;

/// Create an order.
#[derive(Clone, Debug)]
pub struct CreateOrder {
    /// The order's id, which must be free.
    pub order_id: OrderId,
    /// Whose it is.
    pub customer_id: UserId,
    /// The lines to begin with; may be none.
    pub items: Vec<Item>,
}

/// Why an order is not created.
#[derive(Rejection)]
pub enum CreateOrderRejection {
    /// It would have more lines than an order may have.
    #[reject(invalid = "/items", "an order has at most 500 lines, this one has {count}")]
    TooManyItems {
        /// How many it would have.
        count: usize,
    },
    /// There is no such customer.
    #[reject(invalid = "/customerId", "there is no customer {customer_id}")]
    CustomerNotFound {
        /// Who was named.
        customer_id: UserId,
    },
    /// The id is taken.
    #[reject(taken, "there is an order {order_id} already")]
    OrderExists {
        /// The id.
        order_id: OrderId,
    },
}

impl Command for CreateOrder {
    const NAME: &'static str = "CreateOrder";
    type Reads = (At<Order>, At<Customer>);
    type Rejection = CreateOrderRejection;

    fn target(&self) -> StreamId {
        StreamId::of("order", &self.order_id)
    }

    fn reads(&self, _: &Context) -> Self::Reads {
        (At::id(&self.order_id), At::id(&self.customer_id))
    }

    fn decide(&self, states: &States<Self>, _: &Context) -> Result<Events, CreateOrderRejection> {
        let (order, customer) = states;
        let count = self.items.len();
        if !u32::try_from(count).is_ok_and(|count| count <= MAX_ITEMS) {
            return Err(CreateOrderRejection::TooManyItems { count });
        }
        let Some(contact) = customer.known() else {
            return Err(CreateOrderRejection::CustomerNotFound { customer_id: self.customer_id.clone() });
        };
        if order.created().is_some() {
            return Err(CreateOrderRejection::OrderExists { order_id: self.order_id.clone() });
        }
        Ok(Events::one(
            self.target(),
            OrderEvent::OrderCreated {
                order_id: self.order_id.clone(),
                customer_id: self.customer_id.clone(),
                customer_name: contact.name.clone(),
                customer_email: Some(contact.email.clone()),
                items: self.items.clone(),
                total_cents: Item::sum_of(&self.items),
            },
        ))
    }
}

#[cfg(test)]
mod tests {
    use diptych::Personal;
    use diptych_testkit::{given, given_nothing, on};

    use super::*;
    use crate::{
        accounts::UserEvent,
        orders::example::{ann, ann_registered, created, created_with, keyboard, order_id},
    };

    fn create(items: Vec<Item>) -> CreateOrder {
        CreateOrder { order_id: order_id(), customer_id: ann(), items }
    }

    #[test]
    fn an_order_carries_its_total_and_the_customer_as_they_are_now() {
        given([ann_registered()]).when(create(vec![keyboard()])).then([created()]);
    }

    #[test]
    fn an_order_may_begin_empty() {
        given([ann_registered()]).when(create(vec![])).then([created_with(&[])]);
    }

    #[test]
    fn a_changed_name_is_the_one_that_counts() {
        let renamed = UserEvent::UserProfileUpdated {
            user_id: ann(),
            email: None,
            email_key: None,
            released_email_key: None,
            display_name: Some(Personal::plain("Ann B.".into())),
            avatar_url: None,
        };
        let events = given([ann_registered(), on("user/ann", renamed)]).when(create(vec![])).granted();
        let payload = String::from_utf8(events[0].payload.to_vec()).unwrap();
        let name = diptych_testkit::sealed::<String>("ann", "Ann B.".into());
        assert!(payload.contains(name.token().unwrap().as_str()), "{payload}");
    }

    #[test]
    fn a_customer_who_does_not_exist_gets_no_order() {
        given_nothing()
            .when(create(vec![keyboard()]))
            .then_rejected(CreateOrderRejection::CustomerNotFound { customer_id: ann() });
    }

    #[test]
    fn an_id_is_taken_once() {
        given([ann_registered()])
            .and([created()])
            .when(create(vec![]))
            .then_rejected(CreateOrderRejection::OrderExists { order_id: order_id() });
    }

    #[test]
    fn five_hundred_lines_are_enough() {
        let granted = given([ann_registered()]).when(create(vec![keyboard(); 500])).granted();
        assert_eq!(granted.len(), 1);
        given_nothing()
            .when(create(vec![keyboard(); 501]))
            .then_rejected(CreateOrderRejection::TooManyItems { count: 501 });
    }
}

//! CQRS and event sourcing: buses, subscriptions, projections, and the memory store.
